#include "tests/transport/any_handler.h"

namespace pinion::testing {

void AnyHandler::Register(grpc::ServerBuilder& builder) {
  builder.RegisterAsyncGenericService(&service_);
  queue_ = builder.AddCompletionQueue();
}

void AnyHandler::Start() {
  thread_ = std::thread([this] { Serve(); });
}

void AnyHandler::Serve() {
  void* tag = nullptr;
  bool ok = true;
  while (true) {
    grpc::GenericServerContext context;
    grpc::GenericServerAsyncReaderWriter stream(&context);
    service_.RequestCall(&context, &stream, queue_.get(), queue_.get(), nullptr);
    // Not ok: the server is shut down.
    if (!queue_->Next(&tag, &ok) || !ok) return;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      reached_.push_back(context.method());
    }
    stream.Finish(grpc::Status::OK, nullptr);
    queue_->Next(&tag, &ok);
  }
}

void AnyHandler::Join() {
  if (!thread_.joinable()) return;
  thread_.join();
  queue_->Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) {
  }
}

std::vector<std::string> AnyHandler::reached() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return reached_;
}

}  // namespace pinion::testing
