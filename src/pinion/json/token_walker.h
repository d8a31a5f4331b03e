// Walks a JSON text with nlohmann's SAX parser and provides the path and the position of each value. For json/ and the
// command-line tool only.
#ifndef PINION_JSON_TOKEN_WALKER_H_
#define PINION_JSON_TOKEN_WALKER_H_

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace pinion::json {

// The position of a byte offset as "LINE:COLUMN".
std::string LineAndColumn(absl::string_view text, size_t offset);

// One walk over one text; not reusable. The walker calls the subclass for each value; the subclass stops the walk by
// returning false.
class TokenWalker {
 public:
  enum class Kind { kObject, kArray, kString, kInteger, kFraction, kBool, kNull };

  struct Value {
    Kind kind;
    // The string's content, or the number as written; valid only during the call.
    absl::string_view text;
  };

  explicit TokenWalker(absl::string_view text) : text_(text) {}
  virtual ~TokenWalker() = default;
  TokenWalker(const TokenWalker&) = delete;
  TokenWalker& operator=(const TokenWalker&) = delete;

  // Returns false if the subclass stopped the walk or the text is not JSON; syntax_error() distinguishes the two cases.
  bool Walk();
  const std::string& syntax_error() const { return syntax_error_; }
  // The beginning of the current token or, after a syntax error, of the offending token.
  size_t offset() const;
  // The end of the current token.
  size_t end_offset() const { return token_end_; }
  // "peers[0].pins[1].state" for the current value.
  std::string path() const;

  // Called by nlohmann's parser only.
  bool null() { return OnScalar({Kind::kNull, "null"}); }
  bool boolean(bool value) { return OnScalar({Kind::kBool, value ? "true" : "false"}); }
  bool number_integer(int64_t value) { return OnNumber({Kind::kInteger, std::to_string(value)}); }
  bool number_unsigned(uint64_t value) { return OnNumber({Kind::kInteger, std::to_string(value)}); }
  bool number_float(double, const std::string& written) { return OnNumber({Kind::kFraction, written}); }
  bool string(std::string& value) { return OnScalar({Kind::kString, value}); }
  bool binary(std::vector<uint8_t>&) { return false; }
  bool start_object(size_t) { return Open(Kind::kObject); }
  bool start_array(size_t) { return Open(Kind::kArray); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }
  bool key(std::string& name);
  bool parse_error(size_t position, const std::string& last_token, const nlohmann::json::exception& error);

 protected:
  // Called at the beginning of a container, and for every other value.
  virtual bool OnValue(const Value& value) = 0;
  // Called for an object's key, before its value.
  virtual bool OnKey(const std::string& name) = 0;
  // Called at the end of the innermost container.
  virtual bool OnEnd() = 0;

 private:
  struct Level {
    bool is_array;
    size_t index = 0;  // index of the next element
    std::string key;
  };

  void BeginToken();
  bool OnScalar(const Value& value);
  bool OnNumber(const Value& value);
  bool OnToken(const Value& value);
  bool Open(Kind kind);
  bool Close();
  void FinishValue();

  const absl::string_view text_;
  // The position of the lexer. It reads one byte past the end of a number, so token_end_ is separate.
  const char* cursor_ = nullptr;
  size_t before_ = 0;  // the end of the token before this one
  size_t token_end_ = 0;
  size_t error_at_ = std::string::npos;
  std::vector<Level> levels_;
  std::string syntax_error_;
};

}  // namespace pinion::json

#endif  // PINION_JSON_TOKEN_WALKER_H_
