// Faults of folders and of the links into them.
#include <sys/mount.h>

#include <cstdio>
#include <cstdlib>

#include "tests/faults/fault.h"

namespace pinion::faults {
namespace {

namespace fs = std::filesystem;

class ReplacedFolder final : public Fault {
 public:
  void Begin(Scene& scene) override {
    away_ = scene.victim().path.string() + ".away";
    fs::rename(scene.victim().path, away_);
  }
  // Puts another folder with the same files in its place.
  void End(Scene& scene) override {
    const fs::path fresh = scene.victim().path.string() + ".fresh";
    fs::copy(away_, fresh, fs::copy_options::recursive);
    fs::rename(fresh, scene.victim().path);
    fs::remove_all(away_);
  }
  bool MakesFilesBad() const override { return true; }

 private:
  fs::path away_;
};

class RemovedFolder final : public Fault {
 public:
  void Begin(Scene& scene) override { fs::remove_all(scene.victim().path); }
  void End(Scene& scene) override { fs::create_directories(scene.victim().path); }
  bool MakesFilesBad() const override { return true; }
};

// An empty file system covers the files, as when theirs is not mounted. No file event reports it.
class UnmountedFolder final : public Fault {
 public:
  void Prepare(SceneSettings* settings) override {
    settings->edit_server = [](WorkloadOptions* options) { options->refresh_interval = kLook; };
    settings->edit_client = [](WorkloadOptions* options) { options->refresh_interval = kLook; };
  }
  void Begin(Scene& scene) override {
    path_ = scene.victim().path.string();
    if (mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=64k") != 0) {
      std::perror("faults: mount");
      std::abort();
    }
  }
  void End(Scene& /*scene*/) override { umount2(path_.c_str(), MNT_DETACH); }
  bool MakesFilesBad() const override { return true; }

 private:
  static constexpr absl::Duration kLook = absl::Milliseconds(200);
  std::string path_;
};

// Kubernetes' `..data` link dangles: the volume was removed, or its new contents are not there yet.
class DanglingLink final : public Fault {
 public:
  void Begin(Scene& scene) override {
    scene.victim().files.Change(scene.Current(), soak::Manner::kLinkSwap);
    const fs::path link = scene.victim().path / "..data";
    fs::create_symlink("..nowhere", link.string() + ".next");
    fs::rename(link.string() + ".next", link);
  }
  bool MakesFilesBad() const override { return true; }
  soak::Manner manner() const override { return soak::Manner::kLinkSwap; }
};

}  // namespace

std::vector<Kind> FolderFaults() {
  return {{"folder replaced", Make<ReplacedFolder>},
          {"folder removed", Make<RemovedFolder>},
          {"folder not mounted, a look each 200 ms", Make<UnmountedFolder>},
          {"Kubernetes' ..data dangling", Make<DanglingLink>}};
}

}  // namespace pinion::faults
