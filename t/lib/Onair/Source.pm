package Onair::Source;

# A source server that does what a test tells it, in a process of its own.
#
#   my $source = Onair::Source->new(body => '{"icestats":{}}');
#   $source->set(body => $other);             # for every path without its own
#   $source->set(path => '/b', mode => 'rst');
#   $source->requests;                        # how many came so far
#   $source->feed("line\n");                  # to those on mode => 'feed'
#   $source->set(body => Onair::Source::icecast(rock => 'Artist - Title'));
#
# What a path does: mode, body, status (200), reason, type, headers (a list of
# lines), delay (seconds before the answer). Modes:
#   normal      Content-Length, keepalive where it is asked for
#   chunked     in chunks of {piece} bytes (7)
#   close       no length, ends with the connection
#   hang        takes the request and says nothing
#   hang_body   head and half of the body, then nothing
#   rst         the same, then a reset; rst_head: a reset at once
#   rst_chunked half of a chunked body, then a reset
#   truncated   half of a body with Content-Length, then an orderly end
#   slow        {piece} bytes each {pause} seconds (0.02)
#   garbage     bytes that are not HTTP
#   big         {size} bytes of JSON that never ends (3 MB)
#   etag        ETag from the body; 304 where the request has it
#   feed        a chunked stream without end, of what feed() is given

use strict;
use warnings;

use Digest::SHA ();
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(time sleep);

use Onair::Process qw(free_port wait_for spawn_sub terminate scratch_dir
    slurp spew);

my $json = JSON::PP->new->latin1->canonical;

sub new
{
    my ($class, %given) = @_;
    my $self = bless { dir => scratch_dir(), paths => {} }, $class;
    $self->{port} = delete $given{port} // free_port();
    $self->set(%given);
    $self->start;
    return $self;
}

sub port { return $_[0]{port} }

sub url { return "http://127.0.0.1:$_[0]{port}" . ($_[1] // '/') }

# Listens again after stop(), on the same port.
sub start
{
    my ($self) = @_;
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        LocalPort => $self->{port}, Listen => 128, ReuseAddr => 1)
        or die "port $self->{port}: $!\n";
    $self->{pid} = spawn_sub("$self->{dir}/log",
        sub { serve($listener, $self->{dir}) });
    close $listener;
    return $self;
}

# The port refuses connections until start().
sub stop
{
    my ($self) = @_;
    terminate(delete $self->{pid}, 'TERM', 5) if $self->{pid};
}

# Replaces the whole behaviour of one path, or of all that have none.
sub set
{
    my ($self, %given) = @_;
    my $path = delete $given{path} // '*';
    $self->{paths}{$path} = \%given;
    spew("$self->{dir}/paths", $json->encode($self->{paths}));
}

sub feed
{
    my ($self, $text) = @_;
    open my $file, '>>:raw', "$self->{dir}/feed" or die "feed: $!\n";
    syswrite $file, $text;
    close $file;
}

# Requests so far, each { time, method, path, headers, body, peer }; in scalar
# context how many. With a path only those for it.
sub requests
{
    my ($self, $path) = @_;
    my @all = map { $json->decode($_) }
        split /\n/, slurp("$self->{dir}/requests") // '';
    @all = grep { $_->{path} eq $path } @all if defined $path;
    return @all;
}

# Waits until $count more requests than $from have come.
sub wait_requests
{
    my ($self, $count, $seconds, $path) = @_;
    my $from = () = $self->requests($path);
    return wait_for(
        sub {
            my $now = () = $self->requests($path);
            return $now - $from >= $count;
        },
        $seconds);
}

# The text of Icecast's status-json.xsl with these mounts (name => title, or a
# hash of members), in the order of their names.
sub icecast
{
    my (%mounts) = @_;
    my @sources = map {
        my $given = ref $mounts{$_} ? $mounts{$_} : { title => $mounts{$_} };
        { listenurl => "http://radio.example:8000/$_", listeners => 0,
            server_type => 'audio/mpeg',
            stream_start_iso8601 => '2026-01-01T00:00:00+0000', %$given };
    } sort keys %mounts;
    return JSON::PP->new->utf8->canonical->encode(
        { icestats => { source => @sources == 1 ? $sources[0] : \@sources } });
}

sub DESTROY
{
    my ($self) = @_;
    local ($?, $@, $!);
    $self->stop;
}

# What follows runs in the server's process ----------------------------------

my (%clients, $dir);

sub serve
{
    my ($listener, $home) = @_;
    $dir = $home;
    %clients = ();
    $SIG{PIPE} = 'IGNORE';
    $listener->blocking(0);
    while (1) {
        my $readers = IO::Select->new($listener,
            map { $_->{socket} } values %clients);
        my @ready = $readers->can_read(0.01);
        for my $socket (@ready) {
            if ($socket == $listener) {
                while (my $new = $listener->accept) {
                    $new->blocking(0);
                    $clients{ fileno $new } = { socket => $new, in => '',
                        todo => [], at => 0 };
                }
            } else {
                receive($clients{ fileno $socket });
            }
        }
        $_->{socket} && advance($_) for values %clients;
    }
}

sub forget
{
    my ($client) = @_;
    delete $clients{ fileno $client->{socket} };
    close delete $client->{socket};
}

sub receive
{
    my ($client) = @_;
    my $got = sysread $client->{socket}, $client->{in}, 65536,
        length $client->{in};
    return if !defined $got && $!{EAGAIN};
    return forget($client) unless $got;
    while ($client->{in} =~ /\r\n\r\n/) {
        my $at = $+[0];
        my ($length) = substr($client->{in}, 0, $at)
            =~ /^content-length:\s*(\d+)/mi;
        last if length $client->{in} < $at + ($length // 0);
        my $head = substr $client->{in}, 0, $at, '';
        my $body = substr $client->{in}, 0, $length // 0, '';
        answer($client, request($head, $body, $client->{socket}->peerport));
    }
}

sub request
{
    my ($head, $body, $peer) = @_;
    my ($first, @lines) = split /\r\n/, $head;
    my ($method, $path, $version) = split ' ', $first;
    my %headers;
    for (@lines) {
        $headers{ lc $1 } = $2 if /^([^:]+):\s*(.*)$/;
    }
    my $request = { time => time, method => $method, path => $path,
        version => $version, headers => \%headers, body => $body,
        peer => $peer };
    open my $log, '>>:raw', "$dir/requests";
    syswrite $log, $json->encode($request) . "\n";
    close $log;
    return $request;
}

# Appends to the client's list of things to do: bytes, a pause in seconds
# (a reference to it), or 'close', 'reset', 'hang', 'feed' as code references.
sub answer
{
    my ($client, $request) = @_;
    my $paths = $json->decode(slurp("$dir/paths"));
    my ($bare) = $request->{path} =~ /^([^?]*)/;
    my $does = $paths->{ $request->{path} } // $paths->{$bare}
        // $paths->{'*'} // {};
    my $keep = ($request->{version} // '') eq 'HTTP/1.1'
        ? ($request->{headers}{connection} // '') !~ /close/i
        : ($request->{headers}{connection} // '') =~ /keep-alive/i;
    push @{ $client->{todo} }, \$does->{delay} if $does->{delay};
    push @{ $client->{todo} }, plan($does, $request, $keep);
}

sub head
{
    my ($does, @lines) = @_;
    my $status = $does->{status} // 200;
    my $reason = $does->{reason} // ($status == 200 ? 'OK' : 'Told So');
    return join "\r\n", "HTTP/1.1 $status $reason",
        'Content-Type: ' . ($does->{type} // 'application/json'),
        @{ $does->{headers} // [] }, @lines, '', '';
}

sub chunks
{
    my ($body, $piece) = @_;
    return map { sprintf "%x\r\n%s\r\n", length $_, $_ }
        unpack "(a$piece)*", $body;
}

sub plan
{
    my ($does, $request, $keep) = @_;
    my $mode = $does->{mode} // 'normal';
    my $body = $does->{body} // '';
    my $length = 'Content-Length: ' . length $body;
    my $half = substr $body, 0, length($body) / 2;
    my $piece = $does->{piece} // 7;
    my @after = $keep ? () : (\&forget);
    my @line = $keep ? 'Connection: keep-alive' : 'Connection: close';
    my $chunked = 'Transfer-Encoding: chunked';

    return (head($does, $length, @line), $body, @after) if $mode eq 'normal';
    return (head($does, $chunked, @line), chunks($body, $piece), "0\r\n\r\n",
        @after) if $mode eq 'chunked';
    return (head($does, 'Connection: close'), $body, \&forget)
        if $mode eq 'close';
    return \&hang if $mode eq 'hang';
    return (head($does, $length, @line), $half, \&hang)
        if $mode eq 'hang_body';
    return (head($does, $length, @line), $half, \0.05, \&reset_client)
        if $mode eq 'rst';
    return \&reset_client if $mode eq 'rst_head';
    return (head($does, $chunked, @line), chunks($half, $piece), \0.05,
        \&reset_client) if $mode eq 'rst_chunked';
    return (head($does, $length, 'Connection: close'), $half, \&forget)
        if $mode eq 'truncated';
    return (head($does, $length, @line),
        (map { ($_, \($does->{pause} // 0.02)) } unpack "(a$piece)*", $body),
        @after) if $mode eq 'slow';
    return ("\x00\xff\x16\x03 this is not HTTP \r\n\r\n" x 20, \&forget)
        if $mode eq 'garbage';
    return (head($does, 'Connection: close'),
        big($does->{size} // 3_000_000), \&forget) if $mode eq 'big';
    return etag($does, $request, $body, \@line, \@after) if $mode eq 'etag';
    return (head($does, $chunked), \&feed_client) if $mode eq 'feed';
    die "no mode $mode\n";
}

sub big
{
    my ($size) = @_;
    my $unit = '{"title":"' . 'x' x 90 . '"},';
    return '[' . substr $unit x (1 + $size / length $unit), 0, $size - 1;
}

sub etag
{
    my ($does, $request, $body, $line, $after) = @_;
    my $tag = '"' . Digest::SHA::sha1_hex($body) . '"';
    my $same = ($request->{headers}{'if-none-match'} // '') eq $tag;
    return (head({ %$does, status => 304, reason => 'Not Modified' },
        "ETag: $tag", @$line), @$after) if $same;
    return (head($does, "ETag: $tag", 'Content-Length: ' . length $body,
        @$line), $body, @$after);
}

# What stays on the list for ever.
sub hang { return 'stay' }

sub reset_client
{
    my ($client) = @_;
    setsockopt $client->{socket}, SOL_SOCKET, SO_LINGER, pack 'II', 1, 0;
    forget($client);
}

sub feed_client
{
    my ($client) = @_;
    $client->{fed} //= 0;
    my $text = slurp("$dir/feed") // '';
    my $new = substr $text, $client->{fed};
    $client->{fed} = length $text;
    unshift @{ $client->{todo} }, chunks($new, 65536) if length $new;
    return 'stay';
}

sub advance
{
    my ($client) = @_;
    my $todo = $client->{todo};
    my $turns = 0;
    while (@$todo && $client->{socket} && time >= $client->{at}) {
        my $next = $todo->[0];
        if (ref $next eq 'CODE') {
            my @before = @$todo;
            my $stays = ($next->($client) // '') eq 'stay';
            return if $stays && @$todo == @before;
            shift @$todo unless $stays;
        } elsif (ref $next) {
            $client->{at} = time + $$next;
            shift @$todo;
        } else {
            my $sent = syswrite $client->{socket}, $next;
            if (!defined $sent) {
                return if $!{EAGAIN};
                return forget($client);
            }
            shift @$todo if $sent == length $next;
            substr $todo->[0], 0, $sent, '' if $sent < length $next;
        }
    }
}

1;
