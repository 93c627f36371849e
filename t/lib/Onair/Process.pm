package Onair::Process;

# What every helper that starts something needs: free ports, waiting for a
# condition, processes that are gone when the test is, whatever its end.

use strict;
use warnings;

use Exporter 'import';
use File::Path ();
use File::Temp ();
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX ();
use Time::HiRes qw(time sleep);

our @EXPORT_OK = qw(free_port wait_for spawn spawn_sub is_running terminate
    scratch_dir slurp spew children memory_says_nothing);

my %started;    # pid => pid of the process that started it
my %dirs;       # path => pid of the process that made it
my %given;      # ports given away by this process => what holds them

$SIG{$_} //= sub { exit 1 } for qw(INT TERM HUP);
$SIG{PIPE} = 'IGNORE';

# Below those that the kernel gives to outgoing connections: a server that is
# stopped finds its port free when it is started again. Free at every address, as
# some servers take them all, and held for as long as this process lives against
# other tests that run at the same time: by a name that is gone with it.
sub free_port
{
    my ($end) = (slurp('/proc/sys/net/ipv4/ip_local_port_range') // '')
        =~ /^(\d+)/;
    my $among = ($end // 0) - 10_000;
    for (1 .. 1000) {
        my $port = $among > 1000 ? 10_000 + int rand $among : 0;
        next if $given{$port};
        my $socket = IO::Socket::INET->new(
            LocalAddr => '0.0.0.0', LocalPort => $port, Proto => 'tcp',
            Listen => 1) or next;
        $port = $socket->sockport;
        next if $given{$port};
        $given{$port} = IO::Socket::UNIX->new(
            Local => "\0onair-port-$port", Listen => 1) or next;
        return $port;
    }
    die "no free port: $!\n";
}

# Calls until it is true and returns what it returned; nothing after $seconds.
# The time is a limit for a slow machine, never something to wait for.
sub wait_for
{
    my ($condition, $seconds) = @_;
    my $until = time + ($seconds // 10);
    my $pause = 0.005;
    while (1) {
        my $value = $condition->();
        return $value if $value;
        return if time > $until;
        sleep $pause;
        $pause = $pause * 1.5 if $pause < 0.1;
    }
}

# Why the size of an nginx under test says nothing of what it holds; '' if it
# does. Leaks are the sanitizer's own to tell of.
sub memory_says_nothing
{
    return ($ENV{ASAN_OPTIONS} // '') ne ''
        ? "ASan's allocator keeps what was freed for a while" : '';
}

# A directory that every user may write to (workers run as nobody) and that
# goes at the end; kept when ONAIR_KEEP is set.
sub scratch_dir
{
    my $dir = File::Temp::tempdir('onair-XXXXXXXX', TMPDIR => 1);
    chmod 0777, $dir;
    $dirs{$dir} = $$;
    return $dir;
}

# Starts a command in a process group of its own; what it prints goes to $log.
sub spawn
{
    my ($log, @command) = @_;
    return spawn_sub($log, sub {
        exec { $command[0] } @command or die "cannot run $command[0]: $!\n";
    });
}

sub spawn_sub
{
    my ($log, $code) = @_;
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        %started = %dirs = ();
        setpgrp 0, 0;
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', $log or POSIX::_exit(126);
        open STDERR, '>&', \*STDOUT;
        eval { $code->(); 1 } or print STDERR $@;
        POSIX::_exit($@ ? 1 : 0);
    }
    setpgrp $pid, $pid;
    $started{$pid} = $$;
    return $pid;
}

sub is_running
{
    my ($pid) = @_;
    return waitpid($pid, POSIX::WNOHANG()) == 0 && kill 0, $pid;
}

# Asks with a signal, insists after $seconds; the group goes with its leader.
# Returns the wait status, nothing when it had to be killed.
sub terminate
{
    my ($pid, $signal, $seconds) = @_;
    my $status;
    kill $signal // 'TERM', $pid;
    my $went = wait_for(
        sub {
            my $got = waitpid $pid, POSIX::WNOHANG();
            $status = $? if $got == $pid;
            return $got != 0;
        },
        $seconds // 10);
    kill 'KILL', -$pid;
    waitpid $pid, 0 unless $went;
    delete $started{$pid};
    return $went ? $status : ();
}

sub children
{
    my ($parent) = @_;
    if (open my $file, '<', "/proc/$parent/task/$parent/children") {
        my $line = <$file> // '';
        return split ' ', $line;
    }
    my @found;
    for my $stat (glob '/proc/[0-9]*/stat') {
        my $text = slurp($stat) // next;
        push @found, $1 if $text =~ /^(\d+) \(.*\) \S \Q$parent\E /s;
    }
    return @found;
}

sub slurp
{
    my ($path) = @_;
    open my $file, '<:raw', $path or return;
    local $/;
    return scalar <$file> // '';
}

# Whoever reads the file sees the old or the new text, never half of it.
sub spew
{
    my ($path, $text) = @_;
    open my $file, '>:raw', "$path.new" or die "$path: $!\n";
    print $file $text;
    close $file or die "$path: $!\n";
    rename "$path.new", $path or die "$path: $!\n";
}

END {
    my $status = $?;
    for my $pid (keys %started) {
        next if $started{$pid} != $$;
        kill 'KILL', -$pid, $pid;
        waitpid $pid, 0;
    }
    for my $dir (keys %dirs) {
        next if $dirs{$dir} != $$;
        if ($ENV{ONAIR_KEEP}) {
            print STDERR "# kept $dir\n";
        } else {
            File::Path::remove_tree($dir, { error => \my $ignored });
        }
    }
    $? = $status;
}

1;
