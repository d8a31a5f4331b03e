// The files of one party, replaced in the ways that operators use.
#ifndef PINION_TESTS_SOAK_PARTY_FOLDER_H_
#define PINION_TESTS_SOAK_PARTY_FOLDER_H_

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "pinion/testing/test_ca.h"

namespace pinion::soak {

// The texts of files, by file name.
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

// The server's policy with this number. Clients may call everything except ShutDoor(number), one of two methods in
// turns.
std::string PolicyFile(int64_t number);
std::string ShutDoor(int64_t number);

enum class Manner {
  kRename,    // each file by itself
  kLinkSwap,  // all at once, as Kubernetes does: `..data` becomes a link to a new folder
};

// For one thread. Aborts when it cannot write.
class PartyFolder {
 public:
  // Creates the folder with these files and a server's or a client's config.json.
  PartyFolder(std::filesystem::path folder, const Texts& texts, bool serves);

  void Change(const Texts& changed, Manner manner);
  const std::string& Text(const std::string& name) const { return texts_.at(name); }
  // The path of the configuration file.
  std::string config() const { return (folder_ / "config.json").string(); }

 private:
  void Rename(const std::string& name, const std::string& text) const;
  // Replaces the files by links into `..data`, with the same contents.
  void Link();
  void SwapData();

  const std::filesystem::path folder_;
  Texts texts_;
  bool linked_ = false;
  int swaps_ = 0;
};

}  // namespace pinion::soak

#endif  // PINION_TESTS_SOAK_PARTY_FOLDER_H_
