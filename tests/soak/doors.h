// Two methods that no server has, to see a policy by.
#ifndef PINION_TESTS_SOAK_DOORS_H_
#define PINION_TESTS_SOAK_DOORS_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

namespace pinion::soak {

// What a call of the method comes to: PERMISSION_DENIED where the policy shuts it, UNIMPLEMENTED behind an open door.
grpc::StatusCode TryDoor(const std::shared_ptr<grpc::ChannelInterface>& channel, const std::string& method);

}  // namespace pinion::soak

#endif  // PINION_TESTS_SOAK_DOORS_H_
