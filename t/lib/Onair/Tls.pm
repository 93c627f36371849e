package Onair::Tls;

# What a test of TLS needs: a certificate of its own, made at test time.
#
#   my $server = Onair::Server->new(files => Onair::Tls::files(), http =>
#       "server { listen 127.0.0.1:%%PORT%% ssl; " . Onair::Tls::lines() ...

use strict;
use warnings;

use Onair::Process qw(scratch_dir slurp spawn);

my %made;

# For the server's directory: cert.pem and key.pem.
sub files
{
    if (!%made) {
        my $dir = scratch_dir();
        my $pid = spawn("$dir/log", 'openssl', 'req', '-x509', '-nodes',
            '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1',
            '-days', '2', '-subj', '/CN=localhost', '-addext',
            'subjectAltName=DNS:localhost,IP:127.0.0.1',
            '-keyout', "$dir/key.pem", '-out', "$dir/cert.pem");
        waitpid $pid, 0;
        die 'no certificate: ', slurp("$dir/log") // '', "\n" if $?;
        %made = map { $_ => slurp("$dir/$_") } qw(cert.pem key.pem);
    }
    return {%made};
}

# For the configuration of a server {}.
sub lines
{
    return 'ssl_certificate %%DIR%%/cert.pem; '
        . 'ssl_certificate_key %%DIR%%/key.pem;';
}

1;
