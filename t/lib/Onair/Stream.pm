package Onair::Stream;

# A connection to a server on loopback, plain or TLS, that is read by waiting
# for bytes or a time limit. The clients of the tests stand on it.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use Socket qw(IPPROTO_TCP PF_INET SOCK_STREAM SOL_SOCKET SO_LINGER SO_RCVBUF
    TCP_NODELAY inet_aton pack_sockaddr_in);
use Time::HiRes qw(time);

# port; host, tls (1, or a hash of IO::Socket::SSL arguments), rcvbuf (bytes,
# to play the slow reader), local (our address), timeout (seconds, default 10).
sub open_stream
{
    my ($class, %given) = @_;
    my $socket = IO::Socket::INET->new;
    $socket->socket(PF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
    setsockopt $socket, SOL_SOCKET, SO_RCVBUF, $given{rcvbuf}
        if $given{rcvbuf};
    if ($given{local}) {
        bind $socket, pack_sockaddr_in(0, inet_aton($given{local}))
            or die "bind $given{local}: $!\n";
    }
    $socket->timeout($given{timeout} // 10);
    my $host = inet_aton($given{host} // '127.0.0.1');
    $socket->connect(pack_sockaddr_in($given{port}, $host))
        or die "cannot connect to port $given{port}: $!\n";
    setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1;
    $socket = start_tls($socket, $given{tls}) if $given{tls};
    $socket->blocking(0);
    return bless { socket => $socket, in => '', eof => 0,
        timeout => $given{timeout} // 10 }, $class;
}

sub start_tls
{
    my ($socket, $arguments) = @_;
    require IO::Socket::SSL;
    my %more = ref $arguments ? %$arguments : ();
    IO::Socket::SSL->start_SSL($socket, SSL_verify_mode => 0,
        SSL_hostname => 'localhost', %more)
        or die 'TLS: ', IO::Socket::SSL::errstr(), "\n";
    return $socket;
}

sub socket { return $_[0]{socket} }

# Whether the server has closed; only known from reading.
sub eof { return $_[0]{eof} }

sub is_pending
{
    my ($self) = @_;
    my $socket = $self->{socket};
    return $socket->can('pending') && $socket->pending;
}

# Reads what is there, waiting until $until for the first of it.
sub more
{
    my ($self, $until) = @_;
    return 0 if $self->{eof};
    my $select = IO::Select->new($self->{socket});
    while (1) {
        if (!$self->is_pending) {
            my $left = $until - time;
            $left = 0 if $left < 0;
            return 0 unless $select->can_read($left);
        }
        my $got = sysread $self->{socket}, $self->{in}, 65536,
            length $self->{in};
        return 1 if $got;
        if (defined $got || !($!{EAGAIN} || $!{EWOULDBLOCK} || $!{EINTR})) {
            $self->{reset} = 1 if !defined $got && $!{ECONNRESET};
            $self->{eof} = 1;
            return 0;
        }
        return 0 if time >= $until;
    }
}

# Takes what $take returns from the input (a code that looks at $_[0], cuts
# from it and returns true when it had enough), waiting at most $seconds.
sub take
{
    my ($self, $take, $seconds) = @_;
    my $until = time + ($seconds // $self->{timeout});
    while (1) {
        my $got = $take->($self->{in});
        return $got if defined $got;
        next if $self->more($until);
        return $take->($self->{in}) if $self->{eof};
        return if time >= $until;
    }
}

sub bytes
{
    my ($self, $count, $seconds) = @_;
    return $self->take(
        sub { length $_[0] >= $count ? substr $_[0], 0, $count, '' : undef },
        $seconds);
}

# Everything until the server closes; nothing if it does not in time.
sub until_eof
{
    my ($self, $seconds) = @_;
    my $until = time + ($seconds // $self->{timeout});
    1 while !$self->{eof} && time < $until && ($self->more($until) || 1);
    return unless $self->{eof};
    return substr $self->{in}, 0, length $self->{in}, '';
}

# Whether nothing comes for so long.
sub is_silent
{
    my ($self, $seconds) = @_;
    return 0 if length $self->{in};
    return !$self->more(time + $seconds) && !$self->{eof};
}

sub send_bytes
{
    my ($self, $bytes, $seconds) = @_;
    my $until = time + ($seconds // $self->{timeout});
    my $select = IO::Select->new($self->{socket});
    while (length $bytes) {
        my $sent = syswrite $self->{socket}, $bytes;
        if ($sent) {
            substr $bytes, 0, $sent, '';
            next;
        }
        return 0 unless $!{EAGAIN} || $!{EWOULDBLOCK} || $!{EINTR};
        my $left = $until - time;
        return 0 if $left <= 0;
        $select->can_write($left);
    }
    return 1;
}

sub shut_write
{
    my ($self) = @_;
    return shutdown $self->{socket}, 1;
}

# Closes with a reset instead of an orderly end.
sub reset_connection
{
    my ($self) = @_;
    setsockopt $self->{socket}, SOL_SOCKET, SO_LINGER, pack 'II', 1, 0;
    return $self->close_stream;
}

sub close_stream
{
    my ($self) = @_;
    my $socket = delete $self->{socket} or return;
    $self->{eof} = 1;
    return CORE::close $socket unless $socket->can('stop_SSL');
    return $socket->close(SSL_no_shutdown => 1);
}

# The head of an HTTP response: { status, reason, headers }, names in lower
# case, several of a name joined by ", ".
sub head
{
    my ($self, $seconds) = @_;
    my $text = $self->take(
        sub {
            my $at = index $_[0], "\r\n\r\n";
            $at < 0 ? undef : substr $_[0], 0, $at + 4, '';
        },
        $seconds) // return;
    my ($first, @lines) = split /\r\n/, $text;
    $first =~ m{^(HTTP/\S+) (\d{3}) ?(.*)$} or die "not HTTP: $first\n";
    my %head = (version => $1, status => $2, reason => $3, text => $text,
        headers => {});
    for my $line (@lines) {
        my ($name, $value) = $line =~ /^([^:]+):\s*(.*?)\s*$/ or next;
        my $old = $head{headers}{ lc $name };
        $head{headers}{ lc $name } = defined $old ? "$old, $value" : $value;
    }
    return \%head;
}

# A request's text; headers is a hash or a list of pairs, undef leaves one out.
sub request_text
{
    my (%given) = @_;
    my @headers = ref $given{headers} eq 'HASH'
        ? %{ $given{headers} } : @{ $given{headers} // [] };
    my %named;
    for (my $i = 0; $i < @headers; $i += 2) {
        $named{ lc $headers[$i] } = 1;
    }
    unshift @headers, Host => 'localhost' unless $named{host};
    push @headers, 'Content-Length' => length $given{body}
        if defined $given{body} && !$named{'content-length'}
        && !$named{'transfer-encoding'};
    my $text = sprintf "%s %s HTTP/%s\r\n", $given{method} // 'GET',
        $given{path} // '/', $given{version} // '1.1';
    while (my ($name, $value) = splice @headers, 0, 2) {
        $text .= "$name: $value\r\n" if defined $value;
    }
    return $text . "\r\n" . ($given{body} // '');
}

1;
