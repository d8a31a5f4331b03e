// The files of one party, replaced in the ways that operators replace them.
#ifndef PINION_TESTS_SOAK_PARTY_FOLDER_H_
#define PINION_TESTS_SOAK_PARTY_FOLDER_H_

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "pinion/testing/test_ca.h"

namespace pinion::soak {

// By a file's name.
using Texts = std::map<std::string, std::string>;

inline constexpr char kCertificate[] = "own.pem";
inline constexpr char kKey[] = "own-key.pem";
inline constexpr char kRoots[] = "ca.pem";
inline constexpr char kPins[] = "pins.json";
inline constexpr char kPolicy[] = "policy.json";

Texts IdentityTexts(const testing::IssuedCertificate& own);

// A pin and its state, such as "ACTIVE".
using Pins = std::vector<std::pair<std::string, std::string>>;

// The pin file of both parties, whose names are those of testing::Lab.
std::string PinFile(int64_t version, const Pins& server, const Pins& client);

// The server's policy of that number: clients may call everything but ShutDoor(number), one of two methods in turns.
std::string PolicyFile(int64_t number);
std::string ShutDoor(int64_t number);

enum class Manner {
  kRename,    // each file for itself
  kLinkSwap,  // all at once, as Kubernetes does: a new folder, and `..data` becomes a link to it
};

// For one thread. Aborts when it cannot write.
class PartyFolder {
 public:
  // Makes the folder anew, with config.json, a server's or a client's, and these files.
  PartyFolder(std::filesystem::path folder, const Texts& texts, bool serves);

  void Change(const Texts& changed, Manner manner);
  const std::string& Text(const std::string& name) const { return texts_.at(name); }
  // The path of the configuration file.
  std::string config() const { return (folder_ / "config.json").string(); }

 private:
  void Rename(const std::string& name, const std::string& text) const;
  // The files become links into `..data`; what they say stays.
  void Link();
  void SwapData();

  const std::filesystem::path folder_;
  Texts texts_;
  bool linked_ = false;
  int swaps_ = 0;
};

}  // namespace pinion::soak

#endif  // PINION_TESTS_SOAK_PARTY_FOLDER_H_
