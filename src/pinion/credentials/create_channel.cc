#include "pinion/credentials/create_channel.h"

#include <utility>

#include "pinion/credentials/kept_channel.h"
#include "pinion/credentials/material.h"

namespace pinion {
absl::StatusOr<std::shared_ptr<grpc::ChannelInterface>> CreateChannel(const std::string& target,
                                                                      const ChannelOptions& options,
                                                                      const grpc::ChannelArguments& arguments) {
  Material::Settings settings;
  settings.publishes = false;  // each connection gets the identity of its day
  const absl::StatusOr<std::shared_ptr<Material>> material = MakeMaterial(options, std::move(settings));
  if (!material.ok()) return material.status();
  const absl::StatusOr<std::shared_ptr<KeptChannel>> kept = KeptChannel::Open(target, options, *material, arguments);
  if (!kept.ok()) return kept.status();
  return std::shared_ptr<grpc::ChannelInterface>(*kept, (*kept)->channel());
}

}  // namespace pinion
