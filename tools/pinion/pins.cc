// `pinion pins`: pin files, shown, compared, and edited by the steps of a key rotation.
#include "tools/pinion/command.h"
#include "tools/pinion/pins_command.h"

namespace pinion::cli {

void AddPins(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("pins", "Show and compare pin files, and edit them by a rotation's steps");
  command->require_subcommand(1);
  AddPinsShow(command, exit_code);
  AddPinsDiff(command, exit_code);
  AddPinsSteps(command, exit_code);
  AddPinsDocument(command, exit_code);
  AddPinsChallenge(command, exit_code);
  command->footer(
      "Examples:\n"
      "  pinion pins show pins.json\n"
      "  pinion pins add pins.json payments third.pem\n"
      "  pinion pins promote pins.json payments next.pem\n"
      "  pinion pins diff deployed.json pins.json");
}

}  // namespace pinion::cli
