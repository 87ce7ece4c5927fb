// Who we are to an S3-compatible service, found where the AWS tools look ("AWS SDKs and Tools Reference Guide": shared
// config and credentials files, environment variables).
#pragma once

#include <optional>
#include <string>

namespace store {

struct AwsCredentials {
  std::string key_id;
  std::string secret;
  std::string session_token;  // empty: none
  std::string origin;         // for people: "the environment", "profile backup of ~/.aws/credentials"
};

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; else what profile AWS_PROFILE ("default") has in
// AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials), else in AWS_CONFIG_FILE (~/.aws/config). Throws Error(storage) that
// says where it looked.
AwsCredentials find_credentials();

// AWS_REGION, AWS_DEFAULT_REGION, or the profile's.
std::optional<std::string> find_region();

}  // namespace store
