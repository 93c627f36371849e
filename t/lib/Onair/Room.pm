package Onair::Room;

# A member of a room, over WebSocket or over events and POST.
#
#   my $anna = Onair::Room->enter(port => $port, path => '/room/rock',
#       name => 'Anna', by => 'events');
#   my $answer = $anna->say('hi');      # { room, epoch, seq } or { error, wait }
#   my $event = $anna->event;           # the next one that it is told
#
# What it is told is sorted: {first}, {answers}, {events}, {frames}; the newest
# members, modes, reactions; left_out and gaps are counted.

use strict;
use warnings;

use JSON::PP ();
use Time::HiRes qw(time);

use Onair::Http;
use Onair::Sse;
use Onair::WebSocket;

our @ways = qw(WebSocket events);
my $json = JSON::PP->new->utf8->allow_nonref;
my $refs = 0;

# port, path; name, token, since, by; and what the client takes.
sub enter
{
    my ($class, %given) = @_;
    my $by = delete $given{by} // 'WebSocket';
    my @args = map { my $value = delete $given{$_};
        defined $value ? "$_=" . escape($value) : () } qw(name token since);
    my $mark = $given{path} =~ /\?/ ? '&' : '?';
    my $path = $given{path} . (@args ? $mark . join('&', @args) : '');
    my $client = $by eq 'events' ? 'Onair::Sse' : 'Onair::WebSocket';
    my $self = bless { %given, by => $by, events => [], frames => [],
        answers => [], left_out => 0, gaps => 0 }, $class;
    $self->{client} = $client->connect(%given, path => $path);
    return $self unless $self->is_in;
    $self->{first} = $self->pump if $given{path} !~ m{/(?:\?|$)};
    return $self;
}

sub escape
{
    my ($text) = @_;
    $text =~ s/([^\w.:~-])/sprintf '%%%02X', ord $1/ge;
    return $text;
}

sub client { return $_[0]{client} }
sub status { return $_[0]{client}->status }
sub is_in { return ($_[0]->status // 0) == ($_[0]{by} eq 'events' ? 200 : 101) }
sub you { return $_[0]{first}{you} }
sub id { return $_[0]{first}{you}{id} }
sub token { return $_[0]{first}{you}{token} }
# The id to come back with.
sub since { return "$_[0]{epoch}:$_[0]{seq}" }

# The next message, as it came, also in {text}; nothing when none came in time.
sub text
{
    my ($self, $seconds) = @_;
    my $client = $self->{client};
    return $self->{text} = $client->text($seconds)
        if $self->{by} ne 'events';
    my $event = $client->event($seconds) // return;
    return $self->{text} = $event->{data};
}

# Reads one message and sorts it; nothing when none came in time.
sub pump
{
    my ($self, $seconds) = @_;
    my $text = $self->text($seconds) // return;
    my $it = $json->decode($text);
    if (!exists $it->{events}) {
        push @{ $self->{answers} }, $it;
        return $it;
    }
    push @{ $self->{frames} }, $it;
    push @{ $self->{events} }, @{ $it->{events} };
    for my $name (qw(epoch seq members modes reactions)) {
        $self->{$name} = $it->{$name} if exists $it->{$name};
    }
    $self->{left_out} += $it->{left_out} // 0;
    $self->{gaps}++ if $it->{gap};
    return $it;
}

# Pumps until wanted() is true, and returns that; nothing after the time.
sub until
{
    my ($self, $wanted, $seconds) = @_;
    my $end = time + ($seconds // $self->{timeout} // 10);
    while (1) {
        my $found = $wanted->($self);
        return $found if $found;
        my $left = $end - time;
        return if $left <= 0;
        if (!$self->pump($left)) {
            return $wanted->($self) || undef;
        }
    }
}

# The next event, or the next that is like this.
sub event
{
    my ($self, $like, $seconds) = @_;
    $like //= sub { 1 };
    my $found;
    $self->until(sub {
        while (my $event = shift @{ $self->{events} }) {
            return $found = $event if $like->($event);
        }
        return;
    }, $seconds);
    return $found;
}

# What the next message says.
sub said
{
    my ($self, $seconds) = @_;
    my $event = $self->event(sub { $_[0]{type} eq 'message' }, $seconds);
    return $event && $event->{said};
}

# Sends a command and returns its answer; over events with the HTTP {status}.
sub command
{
    my ($self, $command, %given) = @_;
    $command = { ref => ++$refs, %$command } if !exists $command->{ref};
    my $ref = $command->{ref};
    my $text = $json->encode($command);
    return $self->post($text, %given) if $self->{by} eq 'events';
    $self->{client}->send_text($text);
    my $answer;
    $self->until(sub {
        my @rest;
        for my $it (@{ $self->{answers} }) {
            if (!$answer && defined $it->{ref} && $it->{ref} eq $ref) {
                $answer = $it;
            } else {
                push @rest, $it;
            }
        }
        $self->{answers} = \@rest;
        return $answer;
    });
    return $answer;
}

sub post
{
    my ($self, $text, %given) = @_;
    my $token = exists $given{token} ? $given{token} : $self->token;
    my %headers = ('Content-Type' => 'application/json',
        %{ $self->{headers} // {} });
    $headers{Authorization} = "Bearer $token" if defined $token;
    my $answer = Onair::Http->post($self->{port}, $given{path} // $self->{path},
        $text, headers => \%headers) // return;
    my $it = eval { $json->decode($answer->{body}) };
    $it = { error => $answer->{body} } unless ref $it;
    return { %$it, status => $answer->{status} };
}

sub say
{
    my ($self, $said, %more) = @_;
    return $self->command({ say => $said, %more });
}

# Ends the connection without a word.
sub vanish { $_[0]{client}->reset_connection }

# By its own word.
sub leave
{
    my ($self) = @_;
    if ($self->{by} eq 'WebSocket') {
        $self->{client}->send_close(1000);
        $self->{client}->close_code;
    }
    $self->{client}->close_stream;
}

1;
