#include "subscriber/parser.h"

#include <algorithm>

namespace onair::subscriber {

namespace {

constexpr uint8_t kRsv1 = 0x40;
constexpr uint8_t kRsv23 = 0x30;
constexpr uint8_t kMasked = 0x80;
constexpr size_t kMaskSize = 4;

// RFC 6455 section 11.8.
constexpr uint8_t kText = 1;
constexpr uint8_t kBinary = 2;
constexpr uint8_t kClose = 8;
constexpr uint8_t kPing = 9;
constexpr uint8_t kPong = 10;

bool known(uint8_t opcode)
{
    return opcode <= kBinary || (opcode >= kClose && opcode <= kPong);
}

uint64_t read_big_endian(const uint8_t* bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

// Bytes of the length after the second byte of a head.
size_t long_length(uint8_t second)
{
    uint8_t seven = second & 0x7f;
    return seven == 126 ? 2 : seven == 127 ? 8 : 0;
}

}  // namespace

bool valid_close_code(uint16_t code)
{
    if (code >= 3000) {
        return code <= 4999;
    }
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

bool Parser::refuse(Fault fault)
{
    fault_ = fault;
    failed_ = true;
    return false;
}

Action Parser::fault_action()
{
    failed_ = false;
    stage_ = Stage::kOver;
    Action action;
    action.event = Event::kFault;
    action.fault = fault_;
    return action;
}

Action Parser::next(Bytes& in)
{
    // A fault found behind data that was delivered first.
    if (failed_) {
        return fault_action();
    }
    for (;;) {
        if (stage_ == Stage::kOver) {
            in = {};
            return {};
        }
        if (stage_ == Stage::kHead && !take_head(in)) {
            return failed_ ? fault_action() : Action();
        }
        if (stage_ == Stage::kControl) {
            if (control(in)) {
                return end_control();
            }
            return failed_ ? fault_action() : Action();
        }
        Action action = data(in);
        if (failed_ && action.event == Event::kNone) {
            return fault_action();
        }
        if (action.event != Event::kNone || stage_ == Stage::kData) {
            return action;
        }
    }
}

// Takes bytes until the head is whole, each judged as it comes. False: more
// bytes are needed, or a fault.
bool Parser::take_head(Bytes& in)
{
    while (!in.empty()) {
        head_[head_size_++] = in[0];
        in = in.subspan(1);
        if (!check_head()) {
            return false;
        }
        if (head_size_ >= 2 && head_size_ == head_length()) {
            begin_payload();
            return true;
        }
    }
    return false;
}

size_t Parser::head_length() const
{
    return 2 + long_length(head_[1]) + kMaskSize;
}

uint64_t Parser::payload_length() const
{
    size_t size = long_length(head_[1]);
    return size == 0 ? head_[1] & 0x7fu : read_big_endian(head_ + 2, size);
}

bool Parser::check_head()
{
    if (head_size_ == 1) {
        return check_opcode();
    }
    if (head_size_ == 2 && !check_second()) {
        return false;
    }
    return head_size_ == 2 + long_length(head_[1]) ? check_length() : true;
}

// RFC 6455 sections 5.2, 5.4 and 5.5; RFC 7692 section 6.
bool Parser::check_opcode()
{
    bool first_data = opcode() == kText || opcode() == kBinary;
    if ((head_[0] & kRsv23) != 0 ||
        ((head_[0] & kRsv1) != 0 && !(limits_.compressed && first_data))) {
        return refuse(Fault::kReservedBits);
    }
    if (!known(opcode())) {
        return refuse(Fault::kReservedOpcode);
    }
    if (is_control()) {
        return fin() || refuse(Fault::kControlFragmented);
    }
    if (first_data == in_message_) {
        return refuse(in_message_ ? Fault::kExpectedContinuation
                                  : Fault::kUnexpectedContinuation);
    }
    if (first_data) {
        binary_ = opcode() == kBinary;
        deflated_ = (head_[0] & kRsv1) != 0;
        message_size_ = 0;
        fragments_ = 0;
        told_ = false;
    }
    // Who sends 65,536 full ones may end them with an empty one.
    fragments_ += fin() ? 0 : 1;
    return fragments_ <= limits_.max_fragments ||
           refuse(Fault::kTooManyFragments);
}

bool Parser::check_second()
{
    if ((head_[1] & kMasked) == 0) {
        return refuse(Fault::kUnmaskedFrame);
    }
    if (is_control() && (head_[1] & 0x7f) > kMaxControlPayload) {
        return refuse(Fault::kControlTooLong);
    }
    return true;
}

bool Parser::check_length()
{
    uint64_t length = payload_length();
    size_t size = long_length(head_[1]);
    if ((size == 2 && length < 126) || (size == 8 && length <= 0xffff) ||
        length > INT64_MAX) {
        return refuse(Fault::kBadLength);
    }
    if (opcode() == kClose && length == 1) {
        return refuse(Fault::kBadClosePayload);
    }
    uint64_t most = most_payload();
    if (!is_control() &&
        (message_size_ > most || length > most - message_size_)) {
        return refuse(Fault::kMessageTooBig);
    }
    return true;
}

// What deflate cannot shorten it makes a little longer (zlib's deflateBound()
// for any settings); how long it is inflated, who inflates it judges.
uint64_t Parser::most_payload() const
{
    uint64_t most = limits_.max_message;
    uint64_t more = deflated_ ? most / 7 + 64 : 0;
    return most > UINT64_MAX - more ? UINT64_MAX : most + more;
}

void Parser::begin_payload()
{
    left_ = payload_length();
    mask_at_ = 0;
    control_size_ = 0;
    if (is_control()) {
        stage_ = Stage::kControl;
        return;
    }
    stage_ = Stage::kData;
    message_size_ += left_;
}

// Payload of a data frame. kNone: nothing to tell, with the stage left at
// kData when more bytes are needed.
Action Parser::data(Bytes& in)
{
    auto size = static_cast<size_t>(std::min<uint64_t>(in.size(), left_));
    Action action;
    action.payload = in.first(size);
    in = in.subspan(size);
    left_ -= size;
    unmask(action.payload);
    if (!binary_ && !deflated_) {
        size_t good = utf8_.good(action.payload);
        if (good < size || (left_ == 0 && fin() && !utf8_.complete())) {
            action.payload = action.payload.first(good);
            refuse(Fault::kBadUtf8);
        }
    }
    bool over = left_ == 0 && !failed_;
    action.message_end = over && fin();
    if (over) {
        stage_ = Stage::kHead;
        head_size_ = 0;
        in_message_ = !fin();
    }
    if (action.payload.empty() && !action.message_end) {
        return action;
    }
    action.event = Event::kData;
    action.message_start = !told_;
    action.binary = binary_;
    action.deflated = deflated_;
    told_ = true;
    return action;
}

// Stashes what there is of a control frame's payload; true when it is whole.
bool Parser::control(Bytes& in)
{
    auto size = static_cast<size_t>(std::min<uint64_t>(in.size(), left_));
    size_t from = control_size_;
    Bytes bytes = in.first(size);
    unmask(bytes);
    if (size > 0) {
        std::memcpy(control_ + from, bytes.data(), size);
    }
    control_size_ = static_cast<uint8_t>(from + size);
    in = in.subspan(size);
    left_ -= size;
    if (opcode() == kClose && !check_close(from)) {
        return false;
    }
    return left_ == 0;
}

// The code as soon as it is there, the reason byte by byte.
bool Parser::check_close(size_t from)
{
    if (control_size_ < 2) {
        return true;
    }
    if (from < 2 && !valid_close_code(
                        static_cast<uint16_t>(read_big_endian(control_, 2)))) {
        return refuse(Fault::kBadCloseCode);
    }
    size_t begin = std::max<size_t>(from, 2);
    if (!reason_utf8_.take({control_ + begin, control_size_ - begin}) ||
        (left_ == 0 && !reason_utf8_.complete())) {
        return refuse(Fault::kBadUtf8);
    }
    return true;
}

Action Parser::end_control()
{
    stage_ = Stage::kHead;
    head_size_ = 0;
    Action action;
    action.payload = {control_, control_size_};
    if (opcode() != kClose) {
        action.event = opcode() == kPing ? Event::kPing : Event::kPong;
        return action;
    }
    stage_ = Stage::kOver;
    action.event = Event::kClose;
    if (control_size_ >= 2) {
        action.code = static_cast<uint16_t>(read_big_endian(control_, 2));
        action.payload = action.payload.subspan(2);
    }
    return action;
}

// RFC 6455 section 5.3, eight bytes at a time.
void Parser::unmask(Bytes bytes)
{
    if (bytes.empty()) {
        return;
    }
    const uint8_t* mask = head_ + head_length() - kMaskSize;
    uint8_t turned[8];
    for (size_t i = 0; i < sizeof(turned); i++) {
        turned[i] = mask[(mask_at_ + i) % kMaskSize];
    }
    uint64_t eight_masks = 0;
    std::memcpy(&eight_masks, turned, sizeof(turned));
    size_t at = 0;
    for (; bytes.size() - at >= sizeof(turned); at += sizeof(turned)) {
        uint64_t eight = 0;
        std::memcpy(&eight, bytes.data() + at, sizeof(eight));
        eight ^= eight_masks;
        std::memcpy(bytes.data() + at, &eight, sizeof(eight));
    }
    for (size_t i = 0; at + i < bytes.size(); i++) {
        bytes[at + i] ^= turned[i];
    }
    mask_at_ = static_cast<uint8_t>((mask_at_ + bytes.size()) % kMaskSize);
}

}  // namespace onair::subscriber
