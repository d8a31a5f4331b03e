// Where one part of a workload's configuration comes from.
#ifndef PINION_DATA_SOURCE_H_
#define PINION_DATA_SOURCE_H_

#include <optional>
#include <string>
#include <utility>

namespace pinion {

// A file, which is watched and loaded again when it changes, or a text, which stays as it is; never both. (Envoy's
// DataSource has the same two.) A value like any other.
class DataSource {
 public:
  // None: the part is not given.
  DataSource() = default;
  // A relative path is relative to the working directory, which must then stay what it is.
  static DataSource File(std::string path) { return DataSource(std::move(path), std::nullopt); }
  static DataSource Text(std::string text) { return DataSource("", std::move(text)); }

  bool empty() const { return file_.empty() && !text_.has_value(); }
  bool is_file() const { return !file_.empty(); }
  // Empty where it is none.
  const std::string& file() const { return file_; }
  const std::optional<std::string>& text() const { return text_; }

 private:
  DataSource(std::string file, std::optional<std::string> text) : file_(std::move(file)), text_(std::move(text)) {}

  std::string file_;
  std::optional<std::string> text_;
};

}  // namespace pinion

#endif  // PINION_DATA_SOURCE_H_
