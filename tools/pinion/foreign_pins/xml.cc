#include "tools/pinion/foreign_pins/xml.h"

#include <expat.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace pinion::cli {
namespace {

constexpr size_t kMaxDepth = 64;
constexpr size_t kMaxSize = size_t{16} << 20;

class TreeBuilder {
 public:
  explicit TreeBuilder(absl::string_view file) : file_(file), parser_(XML_ParserCreate(nullptr), XML_ParserFree) {
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), OnStart, OnEnd);
    XML_SetCharacterDataHandler(parser_.get(), OnText);
    XML_SetStartDoctypeDeclHandler(parser_.get(), OnDoctype);
    XML_SetSkippedEntityHandler(parser_.get(), OnSkippedEntity);
  }

  absl::StatusOr<XmlElement> Build(absl::string_view text) {
    if (text.size() > kMaxSize) return absl::InvalidArgumentError(absl::StrCat(file_, ": too large"));
    const XML_Status status = XML_Parse(parser_.get(), text.data(), static_cast<int>(text.size()), /*isFinal=*/1);
    if (!error_.empty()) return absl::InvalidArgumentError(error_);
    if (status == XML_STATUS_OK) return std::move(root_.children.front());
    return absl::InvalidArgumentError(
        absl::StrCat(Here(), ": not XML: ", XML_ErrorString(XML_GetErrorCode(parser_.get()))));
  }

 private:
  static TreeBuilder* Self(void* data) { return static_cast<TreeBuilder*>(data); }

  static void OnStart(void* data, const XML_Char* name, const XML_Char** attributes) {
    TreeBuilder* const self = Self(data);
    if (self->open_.size() > kMaxDepth) return self->Stop("nested too deep");
    XmlElement element;
    element.name = name;
    element.place = self->Here();
    for (; *attributes != nullptr; attributes += 2) element.attributes[attributes[0]] = attributes[1];
    self->open_.back()->children.push_back(std::move(element));
    self->open_.push_back(&self->open_.back()->children.back());
  }

  static void OnEnd(void* data, const XML_Char*) {
    TreeBuilder* const self = Self(data);
    if (!self->error_.empty()) return;  // expat may finish an element after it was stopped
    self->open_.back()->text = std::string(absl::StripAsciiWhitespace(self->open_.back()->text));
    self->open_.pop_back();
  }

  static void OnText(void* data, const XML_Char* text, int size) {
    Self(data)->open_.back()->text.append(text, static_cast<size_t>(size));
  }

  static void OnDoctype(void* data, const XML_Char*, const XML_Char*, const XML_Char*, int has_internal_subset) {
    if (has_internal_subset != 0) Self(data)->Stop("declarations in the document type are not read");
  }

  static void OnSkippedEntity(void* data, const XML_Char*, int) { Self(data)->Stop("an entity that is not known"); }

  void Stop(absl::string_view why) {
    if (error_.empty()) error_ = absl::StrCat(Here(), ": ", why);
    XML_StopParser(parser_.get(), XML_FALSE);
  }

  std::string Here() const {
    // Expat 2.9 deprecates the functions that return an `unsigned long`; older versions have no others.
#if XML_MAJOR_VERSION > 2 || (XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION >= 9)
    const uint64_t line = XML_GetCurrentLineNumber64(parser_.get());
    const uint64_t column = XML_GetCurrentColumnNumber64(parser_.get());
#else
    const XML_Size line = XML_GetCurrentLineNumber(parser_.get());
    const XML_Size column = XML_GetCurrentColumnNumber(parser_.get());
#endif
    return absl::StrCat(file_, ":", line, ":", column + 1);
  }

  const absl::string_view file_;
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser_;
  XmlElement root_;  // the document is its only child
  // The open elements, outermost first. Only the last one gains children, so pointers to the others stay valid.
  std::vector<XmlElement*> open_ = {&root_};
  std::string error_;
};

}  // namespace

absl::Status XmlElement::Error(absl::string_view message) const {
  return absl::InvalidArgumentError(absl::StrCat(place, ": ", message));
}

absl::StatusOr<XmlElement> ParseXml(absl::string_view text, absl::string_view file) {
  return TreeBuilder(file).Build(text);
}

std::string XmlText(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

}  // namespace pinion::cli
