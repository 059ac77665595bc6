// Tells LeakSanitizer, which is part of AddressSanitizer, which leaks are not Troupe's own.
//
// gRPC resolves names with c-ares, whose version 1.18 loses a copy of each name that it finds in
// /etc/hosts (ares_getaddrinfo, called by ares_gethostbyname): ten bytes for "localhost".

extern "C" const char* __lsan_default_suppressions();

extern "C" const char* __lsan_default_suppressions() { return "leak:libcares.so\n"; }
