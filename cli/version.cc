// What --version prints. The compiler and the kind of build are those of this file.
#include "cli/version.h"

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "cli/built_from.h"
#include "remote/version.h"

namespace troupe::cli {
namespace {

std::string commit() {
  if (kBuiltFrom[0] != '\0') return kBuiltFrom;
  const char* told = std::getenv("TROUPE_COMMIT");
  return told != nullptr && told[0] != '\0' ? told : "unknown";
}

std::string compiler() {
#ifdef __clang__
  return absl::StrCat("clang ", __clang_major__, ".", __clang_minor__, ".", __clang_patchlevel__);
#else
  return absl::StrCat("g++ ", __GNUC__, ".", __GNUC_MINOR__, ".", __GNUC_PATCHLEVEL__);
#endif
}

// g++ says with a macro of its own what clang says with __has_feature.
#ifndef __has_feature
#define __has_feature(name) 0
#endif

std::string build() {
#ifdef __OPTIMIZE__
  std::string text = "optimized";
#else
  std::string text = "not optimized";
#endif
#ifdef NDEBUG
  text += ", without assertions";
#else
  text += ", with assertions";
#endif
#if __has_feature(address_sanitizer) || defined(__SANITIZE_ADDRESS__)
  text += ", with AddressSanitizer";
#endif
#if __has_feature(thread_sanitizer) || defined(__SANITIZE_THREAD__)
  text += ", with ThreadSanitizer";
#endif
  return text;
}

}  // namespace

std::string version_text() {
  return absl::StrCat("troupe ", kVersion, "\ncommit    ", commit(), "\ncompiler  ", compiler(),
                      "\nbuild     ", build(), "\n");
}

}  // namespace troupe::cli
