#include "pinion/base/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace pinion {
namespace {

// A path of this test's own.
std::string Path(absl::string_view name) { return absl::StrCat(std::getenv("TEST_TMPDIR"), "/", name); }

std::string Written(absl::string_view name, absl::string_view contents) {
  std::ofstream(Path(name), std::ios::binary) << contents;
  return Path(name);
}

void ExpectError(const std::string& path, absl::StatusCode code, absl::string_view why) {
  const absl::StatusOr<std::string> contents = ReadFile(path);
  EXPECT_EQ(contents.status().code(), code);
  EXPECT_EQ(contents.status().message(), absl::StrCat("cannot read ", path, ": ", why));
}

TEST(FileTest, TheWholeOfARegularFileIsRead) {
  for (const std::string& contents :
       {std::string(), std::string("a"), std::string("a\0\r\n\xff", 5), std::string((1 << 17) + 1, 'x')}) {
    const absl::StatusOr<std::string> read = ReadFile(Written("regular", contents));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, contents);
  }
}

TEST(FileTest, ALinkIsFollowed) {
  const std::string target = Written("target", "contents");
  ASSERT_EQ(symlink(target.c_str(), Path("link").c_str()), 0);
  EXPECT_EQ(*ReadFile(Path("link")), "contents");
  ASSERT_EQ(symlink("nowhere", Path("dangling").c_str()), 0);
  ExpectError(Path("dangling"), absl::StatusCode::kNotFound, "No such file or directory");
}

TEST(FileTest, WhatIsNotThereIsNotFound) {
  ExpectError(Path("missing"), absl::StatusCode::kNotFound, "No such file or directory");
  ExpectError("", absl::StatusCode::kNotFound, "No such file or directory");
  ExpectError(Written("file", "") + "/below", absl::StatusCode::kInvalidArgument, "Not a directory");
}

TEST(FileTest, ForbiddenIsPermissionDenied) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const std::string path = Written("forbidden", "secret");
  ASSERT_EQ(chmod(path.c_str(), 0), 0);
  ExpectError(path, absl::StatusCode::kPermissionDenied, "Permission denied");
}

TEST(FileTest, OnlyRegularFilesAreRead) {
  ExpectError(Path(""), absl::StatusCode::kInvalidArgument, "not a regular file");
  ExpectError("/dev/zero", absl::StatusCode::kInvalidArgument, "not a regular file");
}

TEST(FileTest, APipeIsNotWaitedFor) {
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  ExpectError(Path("pipe"), absl::StatusCode::kInvalidArgument, "not a regular file");
}

// A command's argument may be a pipe, as in <(...), so it is opened once.
TEST(FileTest, APipeThatACommandIsGivenIsReadToItsEnd) {
  ASSERT_EQ(mkfifo(Path("input").c_str(), 0600), 0);
  std::thread writer([] { std::ofstream(Path("input")) << std::string(100000, 'x'); });
  EXPECT_EQ(ReadInput(Path("input")).value(), std::string(100000, 'x'));
  writer.join();
  EXPECT_EQ(ReadInput(Written("regular", "text")).value(), "text");
  EXPECT_EQ(ReadInput("/dev/zero").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadInput(Path("")).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadInput(Path("missing")).status().code(), absl::StatusCode::kNotFound);
}

TEST(FileTest, AFileOfMoreThan64MebibytesIsRefused) {
  constexpr off_t kLimit = off_t{64} << 20;
  const std::string path = Written("large", "");
  ASSERT_EQ(truncate(path.c_str(), kLimit), 0);
  const absl::StatusOr<std::string> read = ReadFile(path);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->size(), static_cast<size_t>(kLimit));
  ASSERT_EQ(truncate(path.c_str(), kLimit + 1), 0);
  ExpectError(path, absl::StatusCode::kInvalidArgument, "File too large");
}

TEST(FileTest, AnErrorShowsThePathEscaped) {
  EXPECT_EQ(ReadFile("no\nsuch\x1b file").status().message(),
            R"(cannot read no\nsuch\x1b file: No such file or directory)");
}

TEST(FileTest, APathIsRelativeToTheFolderOfTheFileThatNamesIt) {
  const struct {
    absl::string_view file, path, expected;
  } cases[] = {
      {"/etc/pinion/client.json", "pins.json", "/etc/pinion/pins.json"},
      {"/etc/pinion/client.json", "../pins.json", "/etc/pinion/../pins.json"},
      {"/etc/pinion/client.json", "/var/pins.json", "/var/pins.json"},
      {"conf/client.json", "pins/pins.json", "conf/pins/pins.json"},
      {"client.json", "pins.json", "pins.json"},
      {"/client.json", "pins.json", "/pins.json"},
      {"conf/client.json", "/pins.json", "/pins.json"},
  };
  for (const auto& one : cases) EXPECT_EQ(RelativeTo(one.file, one.path), std::string(one.expected));
}

}  // namespace
}  // namespace pinion
