#include "tests/faults/run.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/testing/wait_until.h"

namespace pinion::faults {
namespace {

using testing::WaitUntil;

struct Window {
  absl::Time begin;
  absl::Time end;
};

class Repetition {
 public:
  Repetition(Fault& fault, Scene& scene, Outcome* outcome) : fault_(fault), scene_(scene), outcome_(outcome) {}

  Window Do(int number) {
    number_ = number;
    scene_.TakeTurn();
    const absl::Time begun = absl::Now();
    fault_.Begin(scene_);
    Endure();
    fault_.End(scene_);
    const absl::Time over = absl::Now();
    scene_.victim().files.Change(scene_.Next(), fault_.manner());
    Expect(WaitUntil([&] { return scene_.IsInEffect(); }, kPatience), "after it, a good change is not in effect");
    const auto is_well = [&] { return scene_.ServesLiveChannels() && scene_.ServesNewConnection(); };
    Expect(fault_.StopsService() ? WaitUntil(is_well, kPatience) : is_well(), "after it, a call fails");
    const absl::Time recovered = absl::Now();
    outcome_->recovered = std::max(outcome_->recovered, recovered - over);
    Expect(scene_.RefusesImpostors(), "after it, an impostor is accepted");
    return {begun, recovered};
  }

 private:
  // Checks what must hold while the fault lasts.
  void Endure() {
    if (fault_.MakesFilesBad()) {
      Expect(WaitUntil([&] { return scene_.Complains(); }, kPatience), "bad files are not reported");
      Expect(scene_.HasLastGood(), "the last good version is not in effect");
    }
    if (!fault_.StopsService()) {
      Expect(scene_.ServesLiveChannels(), "a call fails on a live channel");
      Expect(scene_.ServesNewConnection(), "a call fails on a new connection");
      Expect(scene_.RefusesImpostors(), "an impostor is accepted");
    }
  }
  void Expect(bool holds, const char* what) {
    if (!holds) outcome_->wrongs.push_back(absl::StrCat("repetition ", number_, ": ", what));
  }

  Fault& fault_;
  Scene& scene_;
  Outcome* const outcome_;
  int number_ = 0;
};

bool IsWithin(const soak::Ended& call, const std::vector<Window>& windows) {
  return std::any_of(windows.begin(), windows.end(),
                     [&](const Window& window) { return call.ended >= window.begin && call.begun <= window.end; });
}

}  // namespace

Outcome Run(Fault& fault, const std::filesystem::path& folder, int repetitions) {
  Outcome outcome;
  SceneSettings settings;
  fault.Prepare(&settings);
  Scene scene(folder, settings);
  Repetition repetition(fault, scene, &outcome);
  std::vector<Window> outages;
  for (int i = 0; i < repetitions; ++i) {
    const Window window = repetition.Do(i);
    if (fault.StopsService()) outages.push_back(window);
  }
  scene.load().Stop();
  outcome.calls = scene.load().unary_calls() + scene.load().short_streams();
  for (const soak::Ended& call : scene.load().failed()) {
    if (!IsWithin(call, outages)) outcome.wrongs.push_back(soak::ToString(call));
  }
  return outcome;
}

}  // namespace pinion::faults
