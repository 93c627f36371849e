package Onair::Link;

# A link between two machines that delays and breaks: what comes to its port
# goes to another, later. It does what its file says, which can be changed:
#
#   my $link = Onair::Link->new(to => $redis->port);
#   $link->set(delay => 0.1);     # each way, in seconds
#   $link->set(stop => 1);        # nothing moves, nobody is told
#   $link->set(lose => 1);        # what is answered is lost
#   $link->cut;                   # all connections are reset

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(time);

use Onair::Process qw(free_port spawn_sub scratch_dir slurp spew wait_for);

sub new
{
    my ($class, %given) = @_;
    my $self = bless { to => $given{to}, port => free_port(),
        dir => scratch_dir(), is => { delay => 0, stop => 0, lose => 0,
            cut => 0 } },
        $class;
    $self->set;
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        LocalPort => $self->{port}, Proto => 'tcp', Listen => 64,
        ReuseAddr => 1) or die "listen: $!\n";
    $self->{pid} = spawn_sub("$self->{dir}/link.log",
        sub { $self->run($listener) });
    close $listener;
    return $self;
}

sub port { return $_[0]{port} }

sub set
{
    my ($self, %new) = @_;
    $self->{is} = { %{ $self->{is} }, %new };
    spew("$self->{dir}/is", join ' ', map { $self->{is}{$_} }
        qw(delay stop lose cut));
    return;
}

sub cut
{
    my ($self) = @_;
    $self->set(cut => $self->{is}{cut} + 1);
    return wait_for(sub {
        (slurp("$self->{dir}/done") // 0) >= $self->{is}{cut} });
}

sub run
{
    my ($self, $listener) = @_;
    my ($delay, $stop, $lose, $cut, $done) = (0, 0, 0, 0, 0);
    my %other;     # by the socket's number
    my %answers;   # those from which answers come
    my %socket;
    my @waiting;   # [when, to, bytes]
    my $select = IO::Select->new($listener);
    my $end = sub {
        for my $socket (@_) {
            $select->remove($socket);
            setsockopt $socket, SOL_SOCKET, SO_LINGER, pack 'll', 1, 0;
            delete $other{fileno $socket};
            delete $answers{fileno $socket};
            close $socket;
        }
    };
    while (getppid != 1) {
        for my $socket ($select->can_read(0.002)) {
            if ($socket == $listener) {
                my $from = $listener->accept or next;
                my $to = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                    PeerPort => $self->{to}, Proto => 'tcp');
                if (!$to) {
                    $end->($from);
                    next;
                }
                $select->add($from, $to);
                @other{ fileno $from, fileno $to } = ($to, $from);
                $answers{ fileno $to } = 1;
                next;
            }
            my $other = $other{ fileno $socket } // next;
            my $n = sysread $socket, my $bytes, 65536;
            if (!$n) {
                @waiting = grep { $_->[1] != $other && $_->[1] != $socket }
                    @waiting;
                $end->($socket, $other);
                next;
            }
            next if $lose && $answers{ fileno $socket };
            push @waiting, [time + $delay, $other, $bytes];
        }
        ($delay, $stop, $lose, $cut) = split ' ', slurp("$self->{dir}/is");
        if ($cut > $done) {
            my @all = grep { $_ != $listener } $select->handles;
            $end->(@all);
            @waiting = ();
            spew("$self->{dir}/done", $done = $cut);
        }
        while (!$stop && @waiting && $waiting[0][0] <= time) {
            my (undef, $to, $bytes) = @{ shift @waiting };
            while (length $bytes && defined fileno $to) {
                my $n = syswrite $to, $bytes or last;
                substr $bytes, 0, $n, '';
            }
        }
    }
    return;
}

1;
