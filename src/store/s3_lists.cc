#include "store/s3_lists.h"

#include <fmt/format.h>

#include <pugixml.hpp>
#include <string_view>

#include "base/error.h"
#include "store/aws_signature.h"

namespace store {
namespace {

pugi::xml_node parse(pugi::xml_document& document, const HttpAnswer& answer, const char* name,
                     const S3Address& address) {
  document.load_buffer(answer.body.data(), answer.body.size());
  const pugi::xml_node root = document.child(name);
  if (root) return root;
  throw base::Error(base::Code::storage, fmt::format("{} answers with something that is no {}", address.endpoint, name),
                    "check that the endpoint is an S3-compatible service");
}

// Keys are encoded where the answer says so: XML cannot hold every character.
class Texts {
 public:
  explicit Texts(const pugi::xml_node& root) : encoded_(std::string_view(root.child_value("EncodingType")) == "url") {}

  std::string key(const pugi::xml_node& node, const char* name) const {
    const std::string_view text = node.child_value(name);
    return encoded_ ? uri_decode(text, Plus::blank) : std::string(text);
  }

 private:
  bool encoded_;
};

bool is_truncated(const pugi::xml_node& root) {
  return std::string_view(root.child_value("IsTruncated")) == "true";
}

}  // namespace

ObjectPage read_object_page(const HttpAnswer& answer, const S3Address& address) {
  pugi::xml_document document;
  const pugi::xml_node root = parse(document, answer, "ListBucketResult", address);
  const Texts texts(root);
  ObjectPage page;
  for (const pugi::xml_node& entry : root.children("Contents")) {
    page.objects.push_back({texts.key(entry, "Key"), entry.child("Size").text().as_ullong(),
                            base::parse_rfc3339(entry.child_value("LastModified"))});
  }
  if (is_truncated(root)) page.next = root.child_value("NextContinuationToken");
  return page;
}

UploadPage read_upload_page(const HttpAnswer& answer, const S3Address& address) {
  pugi::xml_document document;
  const pugi::xml_node root = parse(document, answer, "ListMultipartUploadsResult", address);
  const Texts texts(root);
  UploadPage page;
  for (const pugi::xml_node& entry : root.children("Upload")) {
    page.uploads.push_back(
        {texts.key(entry, "Key"), entry.child_value("UploadId"), base::parse_rfc3339(entry.child_value("Initiated"))});
  }
  page.more = is_truncated(root);
  page.next_key = texts.key(root, "NextKeyMarker");
  page.next_id = root.child_value("NextUploadIdMarker");
  return page;
}

std::string read_element(const HttpAnswer& answer, const char* root, const char* name) {
  pugi::xml_document document;
  document.load_buffer(answer.body.data(), answer.body.size());
  return document.child(root).child_value(name);
}

}  // namespace store
