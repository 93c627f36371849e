package Onair::Wave;

# What a player has decoded of a sine, in a file of 16 bits: whether it is
# clean. Where a piece is missing or there twice the wave breaks off.
#
#   my $wave = Onair::Wave->read($file);
#   $wave->seconds; $wave->breaks($hertz);

use strict;
use warnings;

use Onair::Process qw(slurp);

# The first channel; nothing without sound.
sub read
{
    my ($class, $file) = @_;
    my $bytes = slurp($file) // '';
    return unless $bytes =~ /^RIFF....WAVE/s;
    my $at = 12;
    my ($channels, $rate);
    while ($at + 8 <= length $bytes) {
        my ($id, $size) = unpack 'a4V', substr $bytes, $at, 8;
        if ($id eq 'fmt ') {
            ($channels, $rate, my $bits) =
                unpack 'x2vVx4x2v', substr $bytes, $at + 8, 16;
            return unless $bits == 16 && $channels;
        } elsif ($id eq 'data') {
            my @all = unpack 's<*', substr $bytes, $at + 8;
            my @first = $channels == 1 ? @all
                : @all[map { $_ * $channels } 0 .. $#all / $channels];
            return bless { rate => $rate, samples => \@first }, $class;
        }
        $at += 8 + $size + $size % 2;
    }
    return;
}

sub seconds { return @{ $_[0]{samples} } / $_[0]{rate} }

# Each sample of a sine follows from the two before it. Of the begin, in which
# decoders find their way, and of the end nothing is said. Seconds of each; 0
# where nothing is to be heard.
sub breaks
{
    my ($self, $hertz) = @_;
    my $samples = $self->{samples};
    my $rate = $self->{rate};
    my $twice = 2 * cos(2 * 3.14159265358979 * $hertz / $rate);
    my ($first, $last) = (int($rate * 0.4), $#$samples - int($rate * 0.1));
    my $loud = 0;
    for (my $i = $first; $i < $last; $i += 7) {
        my $size = abs $samples->[$i];
        $loud = $size if $size > $loud;
    }
    return (0) if $loud < 500;
    my ($behind, @breaks) = (0);
    for my $i ($first .. $last) {
        my $off = abs($samples->[$i] - $twice * $samples->[$i - 1]
                + $samples->[$i - 2]);
        next if $off < $loud / 6 || $i < $behind;
        push @breaks, $i / $rate;
        $behind = $i + $rate / 20;
    }
    return @breaks;
}

1;
