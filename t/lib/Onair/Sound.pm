package Onair::Sound;

# A source of sound whose every frame says its number, so that a listener can
# tell what he missed or heard twice: MPEG-1 layer III, 128 kbit/s, 44.1 kHz,
# as an Icecast sends it, with a burst and titles in ICY blocks. Its clock goes
# on while nobody is connected.
#
#   my $sound = Onair::Sound->new;
#   my @numbers = Onair::Sound::frames($bytes);
#   $sound->connections;      # how many came so far
#   $sound->cut;              # all connections are reset
#   $sound->puller(@workers); # the process that is connected to it
#
# speed => 40: so many times as fast as it should be. untitled => 1: it knows no
# titles.
#
# The title of frame N is "Band - Title K", K = int(N / 76), two seconds each.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(time);

use Onair::Process qw(free_port spawn_sub terminate scratch_dir slurp spew);

our $frame_size = 417;
our $frames_a_title = 76;
my $frames_a_second = 44100 / 1152;
my $head = "\xff\xfb\x90\xc4";
my $metaint = 3000;

sub new
{
    my ($class, %given) = @_;
    my $self = bless { burst => 4, speed => 1, began => time - 60, dir => scratch_dir(),
        %given }, $class;
    $self->{port} //= free_port();
    $self->start;
    return $self;
}

sub port { return $_[0]{port} }

sub start
{
    my ($self) = @_;
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        LocalPort => $self->{port}, Listen => 128, ReuseAddr => 1)
        or die "port $self->{port}: $!\n";
    $self->{pid} = spawn_sub("$self->{dir}/log",
        sub { serve($self, $listener) });
    close $listener;
    return $self;
}

sub stop
{
    my ($self) = @_;
    terminate(delete $self->{pid}, 'TERM', 5) if $self->{pid};
}

sub DESTROY { $_[0]->stop }

# Each is the text of a request.
sub connections
{
    my ($self) = @_;
    return split /\0/, slurp("$self->{dir}/requests") // '';
}

sub cut
{
    my ($self) = @_;
    kill 'USR1', $self->{pid};
}

sub puller
{
    my ($self, @pids) = @_;
    my $hex = sprintf ':%04X', $self->{port};
    my %inodes;
    for (split /\n/, slurp('/proc/net/tcp') // '') {
        my @field = split ' ';
        $inodes{ $field[9] } = 1 if @field > 9 && $field[2] =~ /$hex$/;
    }
    for my $pid (@pids) {
        return $pid if grep {
            (readlink($_) // '') =~ /^socket:\[(\d+)\]/ && $inodes{$1}
        } glob "/proc/$pid/fd/*";
    }
    return;
}

sub frame
{
    my ($number) = @_;
    my $text = sprintf '<%012d>', $number;
    return $head . substr $text x 30, 0, $frame_size - 4;
}

# The numbers of the whole frames in these bytes; -1 for what is no frame.
sub frames
{
    my ($bytes) = @_;
    my @numbers;
    my $at = 0;
    while ($at + $frame_size <= length $bytes) {
        my $one = substr $bytes, $at, $frame_size;
        my ($number) = $one =~ /<(\d{12})>/;
        if (defined $number && $one eq frame($number)) {
            push @numbers, $number + 0;
            $at += $frame_size;
            next;
        }
        push @numbers, -1;
        my $next = index $bytes, $head, $at + 1;
        last if $next < 0;
        $at = $next;
    }
    return @numbers;
}

sub title { return 'Band - Title ' . int($_[0] / $frames_a_title) }

# --- the process ---

sub serve
{
    my ($self, $listener) = @_;
    my %clients;
    my $select = IO::Select->new($listener);
    local $SIG{PIPE} = 'IGNORE';
    local $SIG{USR1} = sub {
        for my $client (values %clients) {
            setsockopt $client->{socket}, SOL_SOCKET, SO_LINGER,
                pack('ii', 1, 0);
            close $client->{socket};
        }
        %clients = ();
    };
    while (1) {
        if ($select->can_read(0.05)) {
            my $client = accept_client($self, $listener);
            $clients{$client} = $client if $client;
        }
        my $now = int((time - $self->{began}) * $self->{speed}
            * $frames_a_second);
        for my $client (values %clients) {
            send_until($client, $now) or delete $clients{$client};
        }
    }
}

sub accept_client
{
    my ($self, $listener) = @_;
    my $socket = $listener->accept or return;
    my $request = '';
    while ($request !~ /\r\n\r\n/) {
        sysread $socket, $request, 4096, length $request or return;
    }
    open my $file, '>>:raw', "$self->{dir}/requests" or die "$!\n";
    syswrite $file, "$request\0";
    close $file;
    my $icy = !$self->{untitled} && $request =~ /^icy-metadata: 1/im;
    my $lines = $icy ? "icy-metaint:$metaint\r\n" : '';
    syswrite $socket, "HTTP/1.0 200 OK\r\nContent-Type: audio/mpeg\r\n"
        . "icy-name:Sound FM\r\nicy-br:128\r\nicy-genre:Test\r\n$lines\r\n";
    my $now = (time - $self->{began}) * $self->{speed} * $frames_a_second;
    my $first = int($now - $self->{burst} * $frames_a_second);
    # Icecast begins inside of a frame.
    return { socket => $socket, next => $first, icy => $icy,
        bytes => substr(frame($first - 1), 100), left => $metaint,
        said => '' };
}

sub send_until
{
    my ($client, $now) = @_;
    while ($client->{next} < $now) {
        $client->{bytes} .= frame($client->{next}++);
    }
    my $out = '';
    while ($client->{icy} && length $client->{bytes} >= $client->{left}) {
        $out .= substr $client->{bytes}, 0, $client->{left}, '';
        $client->{left} = $metaint;
        my $at = $client->{next} - int(length($client->{bytes}) / $frame_size);
        $out .= block($client, title($at));
    }
    $out .= $client->{bytes};
    $client->{left} -= length $client->{bytes} if $client->{icy};
    $client->{bytes} = '';
    while ($out ne '') {
        my $sent = syswrite $client->{socket}, $out;
        return unless defined $sent;
        substr $out, 0, $sent, '';
    }
    return 1;
}

sub block
{
    my ($client, $title) = @_;
    return "\0" if $title eq $client->{said};
    $client->{said} = $title;
    my $text = "StreamTitle='$title';";
    my $units = int((length($text) + 15) / 16);
    return chr($units) . $text . "\0" x (16 * $units - length $text);
}

1;
