#include "pinion/json/strict.h"

#include <google/protobuf/timestamp.pb.h>

#include <bitset>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "pinion/base/rfc3339.h"
#include "pinion/json/places.h"
#include "pinion/json/token_walker.h"

namespace pinion::json {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Timestamp;

// The maximum number of fields of a message; far more than the schemas have.
constexpr size_t kMaxFields = 64;

bool IsTimestamp(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && field->message_type() == Timestamp::descriptor();
}

std::string KnownFields(const Descriptor* type) {
  std::vector<std::string> names;
  for (int i = 0; i < type->field_count(); ++i) names.emplace_back(type->field(i)->name());
  return absl::StrJoin(names, ", ");
}

// Protobuf's own look-up takes a lock, and the enumerations are short.
const EnumValueDescriptor* FindValue(const EnumDescriptor* type, absl::string_view name) {
  for (int i = 0; i < type->value_count(); ++i) {
    if (type->value(i)->name() == name) return type->value(i);
  }
  return nullptr;
}

std::string KnownValues(const FieldDescriptor* field) {
  std::vector<std::string> names;
  for (int i = 0; i < field->enum_type()->value_count(); ++i) {
    if (field->enum_type()->value(i)->number() != 0) names.emplace_back(field->enum_type()->value(i)->name());
  }
  return absl::StrJoin(names, ", ");
}

bool ParseTimestamp(absl::string_view text, Timestamp* timestamp) {
  const std::optional<absl::Time> time = ParseRfc3339(text);
  if (!time.has_value()) return false;
  const int64_t seconds = absl::ToUnixSeconds(*time);
  timestamp->set_seconds(seconds);
  timestamp->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(*time - absl::FromUnixSeconds(seconds))));
  return true;
}

std::string Described(const TokenWalker::Value& value) {
  using Kind = TokenWalker::Kind;
  switch (value.kind) {
    case Kind::kObject:
      return "an object";
    case Kind::kArray:
      return "an array";
    case Kind::kString:
      return absl::StrCat("\"", absl::CHexEscape(value.text.substr(0, 80)), "\"");
    default:
      return std::string(value.text);
  }
}

std::string Expected(const FieldDescriptor* field) {
  if (IsTimestamp(field)) return "an RFC 3339 time such as \"2026-12-01T00:00:00Z\"";
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "an object";
    case FieldDescriptor::CPPTYPE_STRING:
      return "a string";
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat("one of ", KnownValues(field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    default:
      return "a whole number";
  }
}

// Stores each value in the message as it is parsed.
class Binder final : public TokenWalker {
 public:
  Binder(absl::string_view text, Message* message) : TokenWalker(text), root_(message) {}
  const std::string& error() const { return error_; }

 protected:
  bool OnKey(const std::string& name) override {
    Frame& frame = frames_.back();
    const Descriptor* type = frame.message->GetDescriptor();
    frame.field = nullptr;
    for (int i = 0; i < type->field_count(); ++i) {
      if (type->field(i)->name() == name) frame.field = type->field(i);
    }
    if (frame.field == nullptr) return Fail(absl::StrCat("unknown field; known here: ", KnownFields(type)));
    if (frame.seen.test(frame.field->index())) return Fail("the key occurs twice");
    frame.seen.set(frame.field->index());
    return CheckOneof(frame);
  }

  bool OnValue(const Value& value) override {
    if (frames_.empty()) {
      if (value.kind != Kind::kObject) return Fail(absl::StrCat("expected an object, found ", Described(value)));
      frames_.push_back({root_, nullptr, false, {}});
      return true;
    }
    Frame& frame = frames_.back();
    if (frame.field->is_repeated() && !frame.in_array) {
      if (value.kind != Kind::kArray) return Fail(absl::StrCat("expected an array, found ", Described(value)));
      frame.in_array = true;
      return true;
    }
    if (!Store(frame.message, frame.field, value)) {
      return Fail(absl::StrCat("expected ", Expected(frame.field), ", found ", Described(value)));
    }
    return true;
  }

  bool OnEnd() override {
    if (frames_.back().in_array) {
      frames_.back().in_array = false;
    } else {
      frames_.pop_back();
    }
    return true;
  }

 private:
  struct Frame {
    Message* message;
    const FieldDescriptor* field;  // the field of the next value
    bool in_array;
    std::bitset<kMaxFields> seen;  // by the field's index
  };

  bool Fail(std::string error) {
    error_ = std::move(error);
    return false;
  }

  bool CheckOneof(const Frame& frame) {
    const auto* oneof = frame.field->containing_oneof();
    if (oneof == nullptr) return true;
    int given = 0;
    for (int i = 0; i < oneof->field_count(); ++i) given += frame.seen.test(oneof->field(i)->index()) ? 1 : 0;
    if (given == 1) return true;
    std::vector<std::string> names;
    for (int i = 0; i < oneof->field_count(); ++i) names.emplace_back(oneof->field(i)->name());
    return Fail(absl::StrCat("only one of ", absl::StrJoin(names, ", "), " may be given"));
  }

  bool Store(Message* message, const FieldDescriptor* field, const Value& value) {
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return StoreMessage(message, field, value);
      case FieldDescriptor::CPPTYPE_STRING:
        return StoreString(message, field, value);
      case FieldDescriptor::CPPTYPE_ENUM:
        return StoreEnum(message, field, value);
      case FieldDescriptor::CPPTYPE_INT64: {
        int64_t number;
        if (value.kind != Kind::kInteger || !absl::SimpleAtoi(value.text, &number)) return false;
        message->GetReflection()->SetInt64(message, field, number);
        return true;
      }
      case FieldDescriptor::CPPTYPE_INT32: {
        int32_t number;
        if (value.kind != Kind::kInteger || !absl::SimpleAtoi(value.text, &number)) return false;
        message->GetReflection()->SetInt32(message, field, number);
        return true;
      }
      case FieldDescriptor::CPPTYPE_UINT32: {
        uint32_t number;
        if (value.kind != Kind::kInteger || !absl::SimpleAtoi(value.text, &number)) return false;
        message->GetReflection()->SetUInt32(message, field, number);
        return true;
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        if (value.kind != Kind::kBool) return false;
        message->GetReflection()->SetBool(message, field, value.text == "true");
        return true;
      default:
        return false;  // the schemas have no other types
    }
  }

  static bool StoreString(Message* message, const FieldDescriptor* field, const Value& value) {
    if (value.kind != Kind::kString) return false;
    const auto* reflection = message->GetReflection();
    if (field->is_repeated()) {
      reflection->AddString(message, field, std::string(value.text));
    } else {
      reflection->SetString(message, field, std::string(value.text));
    }
    return true;
  }

  static bool StoreEnum(Message* message, const FieldDescriptor* field, const Value& value) {
    if (value.kind != Kind::kString) return false;
    const EnumValueDescriptor* const named = FindValue(field->enum_type(), value.text);
    if (named == nullptr || named->number() == 0) return false;
    const auto* reflection = message->GetReflection();
    if (field->is_repeated()) {
      reflection->AddEnum(message, field, named);
    } else {
      reflection->SetEnum(message, field, named);
    }
    return true;
  }

  bool StoreMessage(Message* message, const FieldDescriptor* field, const Value& value) {
    const auto* reflection = message->GetReflection();
    if (IsTimestamp(field)) {
      return value.kind == Kind::kString &&
             ParseTimestamp(value.text, static_cast<Timestamp*>(reflection->MutableMessage(message, field)));
    }
    if (value.kind != Kind::kObject) return false;
    Message* child =
        field->is_repeated() ? reflection->AddMessage(message, field) : reflection->MutableMessage(message, field);
    frames_.push_back({child, nullptr, false, {}});
    return true;
  }

  Message* const root_;
  std::vector<Frame> frames_;
  std::string error_;
};

// Whether the value at `path` is the one at `wanted` or encloses it.
bool Encloses(absl::string_view path, absl::string_view wanted) {
  if (!absl::StartsWith(wanted, path)) return false;
  const absl::string_view rest = wanted.substr(path.size());
  return path.empty() || rest.empty() || rest.front() == '.' || rest.front() == '[';
}

absl::Status ErrorAtOffset(absl::string_view text, absl::string_view file_name, size_t offset, absl::string_view path,
                           absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat(file_name, ":", LineAndColumn(text, offset), ": ",
                                                 absl::CHexEscape(path), path.empty() ? "" : ": ", message));
}

}  // namespace

absl::Status Parse(absl::string_view text, absl::string_view file_name, Message* message) {
  message->Clear();
  // nlohmann's text for this error differs between releases.
  if (text.empty()) return ErrorAtOffset(text, file_name, 0, "", "not JSON: the file is empty");
  Binder binder(text, message);
  if (binder.Walk()) return absl::OkStatus();
  if (binder.error().empty()) {
    return ErrorAtOffset(text, file_name, binder.offset(), "", absl::StrCat("not JSON: ", binder.syntax_error()));
  }
  return ErrorAtOffset(text, file_name, binder.offset(), binder.path(), binder.error());
}

absl::Status ErrorAt(absl::string_view text, absl::string_view file_name, absl::string_view path,
                     absl::string_view message) {
  const absl::StatusOr<std::vector<Place>> places = Places(text, file_name);
  if (!places.ok()) return places.status();
  size_t nearest = 0;
  for (const Place& place : *places) {
    // An enclosing value comes before the values in it.
    if (Encloses(place.path, path)) nearest = place.begin;
  }
  return ErrorAtOffset(text, file_name, nearest, path, message);
}

}  // namespace pinion::json
