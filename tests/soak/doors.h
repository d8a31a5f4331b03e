// Two methods that no server has. Calls of them show which policy is in effect.
#ifndef PINION_TESTS_SOAK_DOORS_H_
#define PINION_TESTS_SOAK_DOORS_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

namespace pinion::soak {

// The status of a call of the method: PERMISSION_DENIED where the policy denies it, UNIMPLEMENTED where it allows it.
grpc::StatusCode TryDoor(const std::shared_ptr<grpc::ChannelInterface>& channel, const std::string& method);

}  // namespace pinion::soak

#endif  // PINION_TESTS_SOAK_DOORS_H_
