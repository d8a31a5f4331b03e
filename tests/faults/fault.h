// A kind of fault: what is done to a scene, and what must hold meanwhile.
#ifndef PINION_TESTS_FAULTS_FAULT_H_
#define PINION_TESTS_FAULTS_FAULT_H_

#include <memory>
#include <vector>

#include "tests/faults/scene.h"

namespace pinion::faults {

// Made before the scene, which it may have a word in; then Begin and End in turns, on one thread.
class Fault {
 public:
  virtual ~Fault() = default;
  virtual void Prepare(SceneSettings* /*settings*/) {}
  // When it returns, the fault is there.
  virtual void Begin(Scene& scene) = 0;
  // When it returns, the cause is gone, and nothing else was mended.
  virtual void End(Scene& /*scene*/) {}

  // Whether those who read the files must say that they are bad, and go on with what they had.
  virtual bool MakesFilesBad() const { return false; }
  // Whether calls may fail until it is over, and the next good change is in effect.
  virtual bool StopsService() const { return false; }
  // How files are replaced afterwards.
  virtual soak::Manner manner() const { return soak::Manner::kRename; }
};

struct Kind {
  const char* name;
  std::unique_ptr<Fault> (*make)();
  // Uses up what all of a user's processes share.
  bool needs_user_namespace = false;
};

template <typename T>
std::unique_ptr<Fault> Make() {
  return std::make_unique<T>();
}

std::vector<Kind> FileFaults();
std::vector<Kind> FolderFaults();
std::vector<Kind> SystemFaults();
std::vector<Kind> ProcessFaults();
std::vector<Kind> SinkFaults();

}  // namespace pinion::faults

#endif  // PINION_TESTS_FAULTS_FAULT_H_
