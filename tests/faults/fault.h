// A kind of fault: what is done to a scene, and what must hold meanwhile.
#ifndef PINION_TESTS_FAULTS_FAULT_H_
#define PINION_TESTS_FAULTS_FAULT_H_

#include <memory>
#include <vector>

#include "tests/faults/scene.h"

namespace pinion::faults {

// Created before the scene, whose settings it may change. Begin and End are then called in turns, on one thread.
class Fault {
 public:
  virtual ~Fault() = default;
  virtual void Prepare(SceneSettings* /*settings*/) {}
  // The fault is present when it returns.
  virtual void Begin(Scene& scene) = 0;
  // The cause is gone when it returns, and nothing else was repaired.
  virtual void End(Scene& /*scene*/) {}

  // Whether the readers of the files must report that they are bad, and keep what they had.
  virtual bool MakesFilesBad() const { return false; }
  // Whether calls may fail until the fault is over and the next good change is in effect.
  virtual bool StopsService() const { return false; }
  // How files are replaced afterwards.
  virtual soak::Manner manner() const { return soak::Manner::kRename; }
};

struct Kind {
  const char* name;
  std::unique_ptr<Fault> (*make)();
  // Exhausts a limit that all processes of a user share.
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
