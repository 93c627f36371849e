package Onair::Http;

# A small HTTP/1 client: one request at a time or several on a connection,
# sending apart from reading, so that a test can hold a long poll.
#
#   my $answer = Onair::Http->get($port, '/live/rock', headers => {...});
#   is($answer->{status}, 200); $answer->{headers}{etag}; $answer->{body};

use strict;
use warnings;

use JSON::PP ();
use Time::HiRes qw(time);

use parent 'Onair::Stream';

sub connect
{
    my ($class, %given) = @_;
    return $class->open_stream(%given);
}

# A connection that a worker has taken already: a request was answered on it.
sub accepted
{
    my ($class, %given) = @_;
    my $self = $class->connect(%given);
    $self->send_request(path => '/', %given);
    $self->answer or die "no answer to the first request\n";
    return $self;
}

# One request on a connection of its own.
sub request
{
    my ($class, %given) = @_;
    my $self = $class->connect(%given);
    my $began = time;
    my %headers = ref $given{headers} eq 'HASH'
        ? %{ $given{headers} } : @{ $given{headers} // [] };
    $headers{Connection} = 'close'
        unless grep { lc eq 'connection' } keys %headers;
    $self->send_request(%given, headers => \%headers);
    my $answer = $self->answer($given{timeout}, $given{method});
    $answer->{took} = time - $began if $answer;
    $self->close_stream;
    return $answer;
}

sub get
{
    my ($class, $port, $path, %given) = @_;
    return $class->request(port => $port, path => $path, %given);
}

sub post
{
    my ($class, $port, $path, $body, %given) = @_;
    return $class->request(port => $port, path => $path, method => 'POST',
        body => $body, %given);
}

sub json
{
    my ($class, $port, $path, %given) = @_;
    my $answer = $class->get($port, $path, %given) // return;
    return unless $answer->{status} == 200;
    return JSON::PP->new->utf8->decode($answer->{body});
}

sub send_request
{
    my ($self, %given) = @_;
    return $self->send_bytes(Onair::Stream::request_text(%given));
}

# The next answer, with body; nothing when none came in time or the connection
# closed before its head. {whole} says whether the body was complete.
sub answer
{
    my ($self, $seconds, $method) = @_;
    my $until = time + ($seconds // $self->{timeout});
    my $answer = $self->head($until - time) // return;
    my $headers = $answer->{headers};
    my $status = $answer->{status};
    $answer->{body} = '';
    $answer->{whole} = 1;
    return $answer if ($method // '') eq 'HEAD' || $status == 204
        || $status == 304 || $status < 200;
    my $left = sub { $until - time > 0 ? $until - time : 0 };
    if (($headers->{'transfer-encoding'} // '') =~ /chunked/i) {
        while (defined(my $chunk = $self->chunk($left->()))) {
            return $answer if $chunk eq '';
            $answer->{body} .= $chunk;
        }
        $answer->{whole} = 0;
    } elsif (defined(my $length = $headers->{'content-length'})) {
        my $body = $self->bytes($length, $left->());
        $answer->{whole} = defined $body ? 1 : 0;
        $answer->{body} = $body // $self->{in};
    } else {
        my $body = $self->until_eof($left->());
        $answer->{whole} = defined $body ? 1 : 0;
        $answer->{body} = $body // $self->{in};
    }
    return $answer;
}

# One chunk of a chunked body, '' for the last, nothing if it is not whole.
sub chunk
{
    my ($self, $seconds) = @_;
    return $self->take(
        sub {
            $_[0] =~ /^([0-9a-fA-F]+)[^\r\n]*\r\n/ or return;
            my ($size, $at) = (hex $1, $+[0]);
            return if length $_[0] < $at + $size + 2;
            my $data = substr $_[0], $at, $size;
            substr $_[0], 0, $at + $size + 2, '';
            return $data;
        },
        $seconds);
}

1;
