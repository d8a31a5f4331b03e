// The part of HTTP/2 that a drill uses.
#include "tools/pinion/drill/http2.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace pinion::drill::http2 {
namespace {

TEST(FrameReader, ReturnsWholeFramesFromAnySplitOfTheBytes) {
  const std::string bytes = Encode({kPing, kAck, 0, "12345678"}) + Encode({kHeaders, kEndStream, 0x7ffffff1, "abc"});
  FrameReader reader;
  std::vector<Frame> frames;
  for (const char byte : bytes) {
    reader.Add(std::string(1, byte));
    while (const std::optional<Frame> frame = reader.Next()) frames.push_back(*frame);
  }
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].type, kPing);
  EXPECT_EQ(frames[0].flags, kAck);
  EXPECT_EQ(frames[0].payload, "12345678");
  EXPECT_EQ(frames[1].type, kHeaders);
  EXPECT_EQ(frames[1].stream, 0x7ffffff1U);
  EXPECT_EQ(frames[1].payload, "abc");
}

TEST(FrameReader, StopsAtAFrameThatExceedsTheSizeLimit) {
  FrameReader reader;
  reader.Add(std::string("\xff\xff\xff\0\0\0\0\0\0", 9));
  EXPECT_FALSE(reader.Next().has_value());
  EXPECT_TRUE(reader.too_long());
}

// A status as gRPC for C++ encodes it: a new name, without Huffman coding.
std::string Plain(const std::string& status) {
  return absl::StrCat("\x40\x0bgrpc-status", std::string(1, static_cast<char>(status.size())), status);
}
// A status as grpc-go and nginx encode it, with Huffman coding (RFC 7541, appendix B).
std::string Huffman(const std::string& status) {
  return absl::StrCat("\x40\x88\x9a\xca\xc8\xb2\x12\x34\xda\x8f", status);
}

TEST(Denial, IsFoundInBothEncodings) {
  EXPECT_EQ(Denial(Plain("7")), "PERMISSION_DENIED");
  EXPECT_EQ(Denial(Plain("16")), "UNAUTHENTICATED");
  EXPECT_EQ(Denial(Huffman("\x81\x77")), "PERMISSION_DENIED");
  EXPECT_EQ(Denial(Huffman("\x82\x0b\x9f")), "UNAUTHENTICATED");
}

TEST(Denial, IsEmptyForOtherStatuses) {
  for (const char* const status : {"0", "1", "12", "14"}) EXPECT_EQ(Denial(Plain(status)), "") << status;
  EXPECT_EQ(Denial(Huffman("\x81\x07")), "");
  EXPECT_EQ(Denial(Huffman("\x82\x08\xbf")), "");
  EXPECT_EQ(Denial(""), "");
  EXPECT_EQ(Denial("\x40\x0bgrpc-status"), "");
  EXPECT_EQ(Denial("\x88\x5f\x10"), "");
}

}  // namespace
}  // namespace pinion::drill::http2
