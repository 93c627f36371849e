// Sound for the bench, from both ends.
//
//   radio floor PORT                    the least that a server can do: 128
//                                       kbit/s from one buffer to whoever
//                                       comes, a send each 250 ms
//   radio hear PORT COUNT SECONDS PATH  so many listeners; says in JSON what
//                                       they got, and who ran dry
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr double kRate = 16000;  // bytes a second
constexpr double kBurst = 4;     // seconds
constexpr int kParts = 10;
constexpr int kPartMs = 25;

double now()
{
    using namespace std::chrono;
    return duration<double>(steady_clock::now().time_since_epoch()).count();
}

[[noreturn]] void fail(const char* what)
{
    std::perror(what);
    std::exit(1);
}

sockaddr_in address(const char* port)
{
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<uint16_t>(std::atoi(port)));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
}

// --- the floor ---

struct Sent {
    int fd;
    double began;
    uint64_t bytes;
};

// False: gone.
bool send_due(Sent& one, const std::vector<char>& sound)
{
    auto due = static_cast<uint64_t>((now() - one.began + kBurst) * kRate);
    while (one.bytes < due) {
        size_t at = one.bytes % (sound.size() / 2);
        size_t size = std::min<size_t>(due - one.bytes, sound.size() / 2);
        ssize_t n =
            send(one.fd, sound.data() + at, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n <= 0) {
            return n < 0 && errno == EAGAIN;
        }
        one.bytes += static_cast<uint64_t>(n);
    }
    return true;
}

void accept_all(int listener, std::vector<std::vector<Sent>>& parts,
                size_t* next)
{
    for (;;) {
        int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (fd == -1) {
            return;
        }
        constexpr char kHead[] =
            "HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\n\r\n";
        if (send(fd, kHead, sizeof(kHead) - 1, MSG_NOSIGNAL) > 0) {
            parts[(*next)++ % kParts].push_back({fd, now(), 0});
        }
    }
}

int floor_of(const char* port)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    sockaddr_in at = address(port);
    // SAFETY: as bind() wants an address of any family.
    auto* any = reinterpret_cast<sockaddr*>(&at);
    if (bind(listener, any, sizeof(at)) == -1 || listen(listener, 4096) == -1) {
        fail("listen");
    }
    std::vector<char> sound(size_t{1} << 20, 'x');
    std::vector<std::vector<Sent>> parts(kParts);
    size_t next = 0;
    for (size_t turn = 0;; turn++) {
        usleep(kPartMs * 1000);
        accept_all(listener, parts, &next);
        auto& part = parts[turn % kParts];
        std::erase_if(part, [&sound](Sent& one) {
            bool gone = !send_due(one, sound);
            if (gone) {
                close(one.fd);
            }
            return gone;
        });
    }
}

// --- the listeners ---

struct Heard {
    int fd = -1;
    double began = 0;  // the first byte
    uint64_t bytes = 0;
    bool late = false;
    bool gone = false;
};

int connected(const sockaddr_in& at, const std::string& request)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    // SAFETY: as connect() wants an address of any family.
    const auto* any = reinterpret_cast<const sockaddr*>(&at);
    if (fd == -1 || connect(fd, any, sizeof(at)) == -1 ||
        send(fd, request.data(), request.size(), 0) == -1) {
        fail("connect");
    }
    return fd;
}

void hear_one(Heard& one, std::vector<char>& room)
{
    for (;;) {
        ssize_t n = recv(one.fd, room.data(), room.size(), MSG_DONTWAIT);
        if (n == -1 && errno == EAGAIN) {
            return;
        }
        if (n <= 0) {
            one.gone = true;
            close(one.fd);
            return;
        }
        one.began = one.bytes == 0 ? now() : one.began;
        // A player begins with the first byte, and half a second later.
        double played = (now() - one.began - 0.5) * kRate;
        one.late = one.late || static_cast<double>(one.bytes) < played;
        one.bytes += static_cast<uint64_t>(n);
    }
}

int hear(const char* port, int count, double seconds, const std::string& path)
{
    int epoll = epoll_create1(0);
    std::vector<Heard> all(static_cast<size_t>(count));
    sockaddr_in at = address(port);
    std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
    std::vector<char> room(size_t{256} * 1024);
    for (size_t i = 0; i < all.size(); i++) {
        all[i].fd = connected(at, request);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = i;
        epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].fd, &event);
        usleep(4000);  // as many as an Icecast takes
    }
    std::puts("listening");
    std::fflush(stdout);
    std::vector<epoll_event> events(1024);
    for (double end = now() + seconds; now() < end;) {
        int n = epoll_wait(epoll, events.data(), 1024, 100);
        for (int i = 0; i < n; i++) {
            hear_one(all[events[static_cast<size_t>(i)].data.u64], room);
        }
    }
    uint64_t bytes = 0, late = 0, gone = 0, silent = 0;
    for (const Heard& one : all) {
        bytes += one.bytes;
        late += one.late ? 1 : 0;
        gone += one.gone ? 1 : 0;
        silent += one.bytes == 0 ? 1 : 0;
    }
    std::printf(
        "{\"bytes\":%llu,\"late\":%llu,\"gone\":%llu,\"silent\":%llu}\n",
        static_cast<unsigned long long>(bytes),
        static_cast<unsigned long long>(late),
        static_cast<unsigned long long>(gone),
        static_cast<unsigned long long>(silent));
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    std::string mode = argc > 1 ? argv[1] : "";
    if (mode == "floor" && argc == 3) {
        return floor_of(argv[2]);
    }
    if (mode == "hear" && argc == 6) {
        return hear(argv[2], std::atoi(argv[3]), std::atof(argv[4]), argv[5]);
    }
    std::fputs("usage: radio floor PORT | hear PORT COUNT SECONDS PATH\n",
               stderr);
    return 2;
}
