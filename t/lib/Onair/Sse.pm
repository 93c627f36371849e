package Onair::Sse;

# A client of server-sent events over HTTP/1.1.
#
#   my $sse = Onair::Sse->connect(port => $port, path => '/live/rock');
#   is($sse->status, 200);
#   my $event = $sse->event;     # { id, data, event, retry, comment }
#   my $state = $sse->json;      # the data of the next event with data

use strict;
use warnings;

use JSON::PP ();
use Time::HiRes qw(time);

use parent -norequire, 'Onair::Http';
use Onair::Http;

# port, path; headers, last_event_id, version (1.0), and what a stream takes.
sub connect
{
    my ($class, %given) = @_;
    my $self = $class->open_stream(%given);
    $self->{events} = '';
    my %headers = (Accept => 'text/event-stream', %{ $given{headers} // {} });
    $headers{'Last-Event-ID'} = $given{last_event_id}
        if defined $given{last_event_id};
    $self->send_request(%given, headers => \%headers);
    my $head = $self->head($given{timeout});
    $self->{head} = $head;
    $self->{chunked} = $head
        && ($head->{headers}{'transfer-encoding'} // '') =~ /chunked/i;
    return $self;
}

sub status { return $_[0]{head} && $_[0]{head}{status} }

sub header { return $_[0]{head}{headers}{ lc $_[1] } }

# Whether the stream was ended in an orderly way (the last chunk, or the end
# of a connection without chunks).
sub ended { return $_[0]{ended} }

# The next block, which may hold nothing but retry, or a comment in front of
# one, which is a heartbeat; nothing when none came in time or the stream ended.
sub block
{
    my ($self, $seconds) = @_;
    my $until = time + ($seconds // $self->{timeout});
    while ($self->{events} !~ /^:[^\n]*\n|\n\n/) {
        return if $self->{ended};
        my $left = $until - time;
        my $data = $self->{chunked}
            ? $self->chunk($left > 0 ? $left : 0)
            : $self->plain($left > 0 ? $left : 0);
        return unless defined $data;
        $self->{ended} = 1 if $data eq '';
        $self->{events} .= $data;
    }
    $self->{events} =~ s/^(:[^\n]*)\n//s
        or $self->{events} =~ s/^(.*?)\n\n//s;
    return parse($1);
}

sub plain
{
    my ($self, $seconds) = @_;
    return $self->take(
        sub {
            return substr $_[0], 0, length $_[0], '' if length $_[0];
            return $self->{eof} ? '' : undef;
        },
        $seconds);
}

sub parse
{
    my ($text) = @_;
    my %event;
    for my $line (split /\n/, $text, -1) {
        my ($name, $value) = $line =~ /^([^:]*)(?:: ?(.*))?$/s;
        $value //= '';
        $name = 'comment' if $name eq '';
        $event{$name} = exists $event{$name} ? "$event{$name}\n$value" : $value;
    }
    return \%event;
}

# The next event with data (what else came is in {seen}).
sub event
{
    my ($self, $seconds) = @_;
    my $until = time + ($seconds // $self->{timeout});
    while (1) {
        my $left = $until - time;
        my $block = $self->block($left > 0 ? $left : 0) // return;
        return $block if exists $block->{data};
        push @{ $self->{seen} }, $block;
    }
}

sub json
{
    my ($self, $seconds) = @_;
    my $event = $self->event($seconds) // return;
    $self->{last_id} = $event->{id} if defined $event->{id};
    return JSON::PP->new->utf8->decode($event->{data});
}

1;
