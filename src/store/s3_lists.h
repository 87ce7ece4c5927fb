// The answers that list what a bucket holds.
#pragma once

#include <string>
#include <vector>

#include "store/http.h"
#include "store/object_store.h"
#include "store/s3_address.h"

namespace store {

struct ObjectPage {
  std::vector<ObjectInfo> objects;  // with whole keys
  std::string next;                 // the token for the next page; empty: this is the last
};
// Of ListObjectsV2. Throws Error(storage) where it is no such list.
ObjectPage read_object_page(const HttpAnswer& answer, const S3Address& address);

struct UploadPage {
  std::vector<Unfinished> uploads;  // with whole keys
  bool more = false;
  std::string next_key;
  std::string next_id;
};
// Of ListMultipartUploads. The same.
UploadPage read_upload_page(const HttpAnswer& answer, const S3Address& address);

// What the answer names `name`, directly below its root element `root`; empty where it does not.
std::string read_element(const HttpAnswer& answer, const char* root, const char* name);

}  // namespace store
