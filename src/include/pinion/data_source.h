// The source of one part of a workload's configuration.
#ifndef PINION_DATA_SOURCE_H_
#define PINION_DATA_SOURCE_H_

#include <optional>
#include <string>
#include <utility>

namespace pinion {

// Either a file, which is watched and reloaded when it changes, or a text, which is constant. Envoy's DataSource offers
// the same choice. A copyable value type.
class DataSource {
 public:
  // An empty source: the part is not configured.
  DataSource() = default;
  // A relative path is relative to the working directory, which must then not change.
  static DataSource File(std::string path) { return DataSource(std::move(path), std::nullopt); }
  static DataSource Text(std::string text) { return DataSource("", std::move(text)); }

  bool empty() const { return file_.empty() && !text_.has_value(); }
  bool is_file() const { return !file_.empty(); }
  // Empty if the source is not a file.
  const std::string& file() const { return file_; }
  const std::optional<std::string>& text() const { return text_; }

 private:
  DataSource(std::string file, std::optional<std::string> text) : file_(std::move(file)), text_(std::move(text)) {}

  std::string file_;
  std::optional<std::string> text_;
};

}  // namespace pinion

#endif  // PINION_DATA_SOURCE_H_
