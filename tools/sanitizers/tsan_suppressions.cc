// Tells ThreadSanitizer to leave alone what happens inside libraries that were not built for it.
//
// It cannot see how gRPC, Abseil and Protocol Buffers synchronize, so it reports races inside them.
// For the same reason an absl::Mutex hides an order from it that is really there: code of ours
// whose freedom from races this is to prove uses std::mutex and atomics.
//
// Each pattern may match one library only, hence ".so". An object that is handed over through
// libgrpc to one of its threads is told of with remote/internal/handover.h. What gRPC's own headers
// keep in such objects is left alone: by these functions of theirs, under which none of ours runs,
// but for "CallOnDone", which tells the end of a stream that has come. The last two are the looks
// at a callback that the library itself has made. It does not join all of its threads, either.
//
// "Unref": an absl::Status that two threads share is counted down in the library, unseen, and then
// deleted by the last of them.

extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
  return R"(
called_from_lib:libaddress_sorting.so
called_from_lib:libcares.so
called_from_lib:libcrypto.so
called_from_lib:libgpr.so
called_from_lib:libgrpc.so
called_from_lib:libgrpc++.so
called_from_lib:libprotobuf.so
called_from_lib:libprotobuf-lite.so
called_from_lib:libre2.so
called_from_lib:libssl.so
called_from_lib:libupb.so
called_from_lib:libyaml-cpp.so
called_from_lib:libabsl_base.so
called_from_lib:libabsl_cord.so
called_from_lib:libabsl_cord_internal.so
called_from_lib:libabsl_cordz_functions.so
called_from_lib:libabsl_cordz_handle.so
called_from_lib:libabsl_cordz_info.so
called_from_lib:libabsl_graphcycles_internal.so
called_from_lib:libabsl_hash.so
called_from_lib:libabsl_hashtablez_sampler.so
called_from_lib:libabsl_malloc_internal.so
called_from_lib:libabsl_random_internal_pool_urbg.so
called_from_lib:libabsl_raw_hash_set.so
called_from_lib:libabsl_spinlock_wait.so
called_from_lib:libabsl_status.so
called_from_lib:libabsl_statusor.so
called_from_lib:libabsl_str_format_internal.so
called_from_lib:libabsl_strings.so
called_from_lib:libabsl_symbolize.so
called_from_lib:libabsl_synchronization.so
called_from_lib:libabsl_time.so
called_from_lib:libabsl_time_zone.so
race:^Unref$
race:grpc::internal::CallOpSet<*>::FillOps
race:grpc::internal::CallOpSet<*>::FinalizeResult
race:grpc::internal::ClientCallbackReaderWriterFactory<*>::Create
race:grpc::internal::CallbackBidiHandler<*>::ServerCallbackReaderWriterImpl::Finish
race:*<*>::ServerCallbackReaderWriterImpl::ServerCallbackReaderWriterImpl
race:*<*>::ServerCallbackReaderWriterImpl::~ServerCallbackReaderWriterImpl
race:grpc::internal::CallbackBidiHandler<*>::ServerCallbackReaderWriterImpl::SetupReactor
race:grpc::internal::CallbackBidiHandler<*>::ServerCallbackReaderWriterImpl::CallOnDone
race:grpc::internal::FillMetadataArray
race:^FillMap$
race:^Service$
race:grpc::Server::CallbackRequest<*>
race:grpc::internal::ClientCallbackReaderWriterImpl<*>::StartCall
thread:grpc_core::Thread::Thread
race_top:^_M_empty$
race_top:^std::function<void (bool)>::operator()
)";
}
