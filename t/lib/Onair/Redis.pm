package Onair::Redis;

# A real Redis on a port of its own, and a client that is as plain as can be:
#
#   my $redis = Onair::Redis->new(file => 1);   # append-only file, each write
#   $redis->ask('XLEN', 'key');
#   $redis->kill; $redis->start; $redis->pause; $redis->go_on;
#
# ONAIR_REDIS names the server's binary (redis-server).

use strict;
use warnings;

use IO::Socket::INET;

use Onair::Process qw(free_port wait_for spawn terminate scratch_dir slurp);

sub binary { return $ENV{ONAIR_REDIS} // 'redis-server' }

# Why no test can use one; nothing: it is there.
sub missing
{
    my $binary = binary();
    return `$binary --version 2>/dev/null` =~ /v=(\S+)/
        ? undef : "$binary is not installed";
}

sub version { return (`${\ binary()} --version` =~ /v=(\S+)/)[0] }

sub new
{
    my ($class, %given) = @_;
    my $self = bless { options => [], %given, dir => scratch_dir(),
        port => $given{port} // free_port() }, $class;
    $self->start;
    return $self;
}

sub port { return $_[0]{port} }
sub pid { return $_[0]{pid} }
sub dir { return $_[0]{dir} }

sub start
{
    my ($self) = @_;
    $self->{pid} = spawn("$self->{dir}/redis.log", binary(),
        '--port', $self->{port}, '--bind', '127.0.0.1', '--dir', $self->{dir},
        '--save', '', '--appendonly', $self->{file} ? 'yes' : 'no',
        '--appendfsync', 'always', @{ $self->{options} });
    wait_for(sub { $self->is_up }, 20)
        or die "redis-server: ", slurp("$self->{dir}/redis.log"), "\n";
    return;
}

sub is_up
{
    my ($self) = @_;
    my $answer = eval { $self->ask('PING') } // '';
    return $answer eq 'PONG' || $answer =~ /NOAUTH/;
}

sub kill
{
    my ($self) = @_;
    terminate($self->{pid}, 'KILL');
    return;
}

sub pause { return CORE::kill 'STOP', $_[0]{pid} }
sub go_on { return CORE::kill 'CONT', $_[0]{pid} }

sub connect
{
    my ($self) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $self->{port}, Proto => 'tcp', Timeout => 5)
        or die "connect: $!\n";
    binmode $socket;
    return $socket;
}

# Asks one thing over a connection of its own.
sub ask
{
    my ($self, @words) = @_;
    my $socket = $self->connect;
    local $SIG{ALRM} = sub { die "no answer\n" };
    alarm 10;
    if (defined $self->{password} && $words[0] ne 'AUTH') {
        print $socket command('AUTH', $self->{password});
        answer($socket);
    }
    print $socket command(@words);
    my $answer = answer($socket);
    alarm 0;
    close $socket;
    return $answer;
}

sub command
{
    my (@words) = @_;
    return join '', '*' . @words . "\r\n",
        map { '$' . length($_) . "\r\n$_\r\n" } @words;
}

sub answer
{
    my ($socket) = @_;
    my $line = <$socket> // return;
    $line =~ s/\r\n\z//;
    my ($type, $rest) = $line =~ /^(.)(.*)/;
    return $rest if $type =~ /[+:-]/;
    return if $rest == -1;
    if ($type eq '$') {
        read $socket, my $text, $rest + 2;
        return substr $text, 0, $rest;
    }
    return [map { scalar answer($socket) } 1 .. $rest];
}

# CPU of the server, in seconds.
sub cpu
{
    my ($self) = @_;
    my @field = split ' ', slurp("/proc/$self->{pid}/stat");
    return ($field[13] + $field[14]) / 100;
}

1;
