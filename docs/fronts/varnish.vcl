# Varnish in front of onair. GET is answered from the cache for a second, the
# rest goes through. TLS: hitch.conf in front of it.
# varnishd -a :80 -f /etc/varnish/varnish.vcl -p pipe_timeout=75

vcl 4.1;

import directors;
import std;

probe health {
    .url = "/health";
    .interval = 2s;
    .timeout = 1s;
    .window = 1;
    .threshold = 1;
    .initial = 1;
}

backend one {
    .host = "10.0.0.2";
    .port = "8080";
    .probe = health;
    .connect_timeout = 2s;
    .first_byte_timeout = 75s;
    .between_bytes_timeout = 75s;
}

backend two {
    .host = "10.0.0.3";
    .port = "8080";
    .probe = health;
    .connect_timeout = 2s;
    .first_byte_timeout = 75s;
    .between_bytes_timeout = 75s;
}

sub vcl_init {
    new onair = directors.fallback();
    onair.add_backend(one);
    onair.add_backend(two);
}

sub vcl_recv {
    # Varnish has put its client at the end of what that says of itself.
    set req.http.X-Forwarded-For = client.ip;
    set req.backend_hint = onair.backend();
    if (req.http.Upgrade ~ "(?i)websocket") {
        return (pipe);
    }
    if (req.http.Accept ~ "text/event-stream" || req.url ~ "[?&]wait=") {
        return (pass);
    }
}

sub vcl_pipe {
    set bereq.http.Upgrade = req.http.Upgrade;
    set bereq.http.Connection = req.http.Connection;
}
