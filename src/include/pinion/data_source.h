// The source of one part of a workload's configuration.
#ifndef PINION_DATA_SOURCE_H_
#define PINION_DATA_SOURCE_H_

#include <optional>
#include <string>
#include <utility>

namespace pinion {

// A file, which is watched and reloaded when it changes; a text, which is constant; or a document of the pin set
// (pin_set.proto), which changes with it. Envoy's DataSource offers the first two. A copyable value type.
class DataSource {
 public:
  // An empty source: the part is not configured.
  DataSource() = default;
  // A relative path is relative to the working directory, which must then not change.
  static DataSource File(std::string path) { return DataSource(std::move(path), std::nullopt); }
  static DataSource Text(std::string text) { return DataSource("", std::move(text)); }
  // Of the pin set in WorkloadOptions: roots or a policy.
  static DataSource Document(std::string name) {
    DataSource source;
    source.document_ = std::move(name);
    return source;
  }

  bool empty() const { return file_.empty() && !text_.has_value() && document_.empty(); }
  bool is_file() const { return !file_.empty(); }
  // Empty if the source is not a file.
  const std::string& file() const { return file_; }
  const std::optional<std::string>& text() const { return text_; }
  bool is_document() const { return !document_.empty(); }
  // The document's name; empty if the source is none.
  const std::string& document() const { return document_; }

 private:
  DataSource(std::string file, std::optional<std::string> text) : file_(std::move(file)), text_(std::move(text)) {}

  std::string file_;
  std::optional<std::string> text_;
  std::string document_;
};

}  // namespace pinion

#endif  // PINION_DATA_SOURCE_H_
