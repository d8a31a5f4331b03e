// Faults of files: writers that fail, and wrong contents in place of files.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "pinion/testing/wait_until.h"
#include "tests/faults/fault.h"

namespace pinion::faults {
namespace {

// Path and text, in the order of writing.
using Files = std::vector<std::pair<std::string, std::string>>;

Files FilesOf(const Party& party, const soak::Texts& texts) {
  Files files;
  for (const auto& [name, text] : texts) files.emplace_back((party.path / name).string(), text);
  return files;
}

// Writes in place, a few bytes at a time. Uses only functions that are allowed in the child of a process with threads.
void WriteSlowly(const Files& files) {
  for (const auto& [path, text] : files) {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    for (size_t at = 0; at < text.size(); at += 64) {
      if (write(file, text.data() + at, std::min<size_t>(64, text.size() - at)) < 0) _exit(1);
    }
    close(file);
  }
}

void WriteInPlace(const std::filesystem::path& path, const std::string& text) { std::ofstream(path) << text; }

// Spoils one of the victim's files, another one each time.
class OneFile : public Fault {
 public:
  void Begin(Scene& scene) override {
    std::vector<std::string> names = {soak::kCertificate, soak::kPins, soak::kKey};
    if (scene.victim_serves()) names.emplace_back(soak::kPolicy);
    const std::string name = names[static_cast<size_t>(turn_++) / 2 % names.size()];
    Spoil(scene, scene.victim().path / name, scene.victim().files.Text(name));
  }
  bool MakesFilesBad() const override { return true; }

 protected:
  virtual void Spoil(Scene& scene, const std::filesystem::path& path, const std::string& text) = 0;

 private:
  int turn_ = 0;
};

class KilledWriter final : public Fault {
 public:
  void Begin(Scene& scene) override {
    const Files files = FilesOf(scene.victim(), scene.Next());
    const pid_t writer = fork();
    if (writer == 0) {
      for (;;) WriteSlowly(files);
    }
    // A random number of calls gives a random time.
    for (uint32_t calls = random_() % 10; calls > 0; --calls) scene.ServesLiveChannels();
    kill(writer, SIGKILL);
    waitpid(writer, nullptr, 0);
  }

 private:
  std::minstd_rand random_;
};

// The writer truncates all files, has room for zero, one or two pages, and continues despite errors.
class FullDisk final : public Fault {
 public:
  void Begin(Scene& scene) override {
    filler_ = scene.victim().path.parent_path() / "filler";
    std::vector<int> opened;
    const Files files = FilesOf(scene.victim(), scene.Next());
    for (const auto& [path, text] : files) opened.push_back(open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
    Fill(turn_++ % 3);
    for (size_t i = 0; i < files.size(); ++i) {
      const std::string& text = files[i].second;
      is_full_ = write(opened[i], text.data(), text.size()) < 0 || is_full_;
      close(opened[i]);
    }
    if (!is_full_) std::abort();  // the fault did not occur
  }
  void End(Scene& /*scene*/) override { std::filesystem::remove(filler_); }
  bool MakesFilesBad() const override { return true; }

 private:
  static constexpr int kPage = 4096;

  void Fill(int pages_left) {
    const int file = open(filler_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const std::string page(kPage, 'x');
    off_t size = 0;
    while (write(file, page.data(), page.size()) == kPage) size += kPage;
    if (ftruncate(file, size - off_t{kPage} * pages_left) != 0) std::abort();
    close(file);
  }

  std::filesystem::path filler_;
  int turn_ = 0;
  bool is_full_ = false;
};

// The process has given up the capabilities with which root reads every file.
class NoPermission final : public OneFile {
 public:
  void End(Scene& /*scene*/) override { chmod(path_.c_str(), 0600); }

 private:
  void Spoil(Scene& /*scene*/, const std::filesystem::path& path, const std::string& /*text*/) override {
    path_ = path;
    chmod(path_.c_str(), 0);
  }
  std::filesystem::path path_;
};

class DirectoryInPlace final : public OneFile {
 public:
  void End(Scene& /*scene*/) override { std::filesystem::remove(path_); }

 private:
  void Spoil(Scene& /*scene*/, const std::filesystem::path& path, const std::string& /*text*/) override {
    path_ = path;
    std::filesystem::remove(path_);
    std::filesystem::create_directory(path_);
  }
  std::filesystem::path path_;
};

class TruncatedFile final : public OneFile {
  void Spoil(Scene& /*scene*/, const std::filesystem::path& path, const std::string& text) override {
    WriteInPlace(path, text.substr(0, random_() % (text.size() * 7 / 10)));
  }
  std::minstd_rand random_;
};

class GarbageFile final : public OneFile {
  void Spoil(Scene& /*scene*/, const std::filesystem::path& path, const std::string& text) override {
    std::string garbage(text.size(), '\0');
    for (char& byte : garbage) byte = static_cast<char>(random_());
    WriteInPlace(path, garbage);
  }
  std::minstd_rand random_;
};

// A certificate and a key that do not belong together.
class TornPair final : public Fault {
 public:
  void Begin(Scene& scene) override {
    const auto other = testing::TestCa().Issue(scene.victim().names);
    const bool certificate = turn_++ / 2 % 2 == 0;
    WriteInPlace(scene.victim().path / (certificate ? soak::kCertificate : soak::kKey),
                 certificate ? other.CertificatePem() : other.PrivateKeyPem());
  }
  bool MakesFilesBad() const override { return true; }

 private:
  int turn_ = 0;
};

// A slow disk, or a slow writer: the second half arrives late.
class HalfWritten final : public OneFile {
 public:
  void End(Scene& /*scene*/) override {
    if (write(file_, rest_.data(), rest_.size()) != static_cast<ssize_t>(rest_.size())) std::abort();
    close(file_);
  }

 private:
  void Spoil(Scene& /*scene*/, const std::filesystem::path& path, const std::string& text) override {
    file_ = open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
    const auto half = static_cast<ssize_t>(text.size() / 2);
    if (write(file_, text.data(), half) != half) std::abort();
    rest_ = text.substr(half);
  }
  int file_ = -1;
  std::string rest_;
};

// A reader that opens it like a file waits forever.
class Pipe final : public OneFile {
  void Spoil(Scene& /*scene*/, const std::filesystem::path& path, const std::string& /*text*/) override {
    const std::string next = path.string() + ".next";
    if (mkfifo(next.c_str(), 0600) != 0) std::abort();
    std::filesystem::rename(next, path);
  }
};

}  // namespace

std::vector<Kind> FileFaults() {
  return {{"writer killed", Make<KilledWriter>},        {"disk full", Make<FullDisk>},
          {"permissions gone", Make<NoPermission>},     {"a directory in a file's place", Make<DirectoryInPlace>},
          {"truncated file", Make<TruncatedFile>},      {"garbage in a file", Make<GarbageFile>},
          {"torn certificate and key", Make<TornPair>}, {"half-written file, slow disk", Make<HalfWritten>},
          {"a pipe in a file's place", Make<Pipe>}};
}

}  // namespace pinion::faults
