// Package door is where a fake forge is reached: on this machine alone, unless it is told otherwise.
// It listens, says the address, and refuses names that a web page could have made up (DNS rebinding).
package door

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Door is one address. Its zero value is closed; it is safe for concurrent use once it is open.
type Door struct {
	Insecure bool // allows an address beyond loopback, and any Host header

	base     atomic.Pointer[string]
	server   *http.Server
	listener net.Listener
}

// Open listens at an address and serves until Close. It refuses one beyond this machine unless Insecure is set: every
// secret of a fake is meant for tests. what names the fake in errors, as "a fake GitHub".
func (d *Door) Open(listen, what string, h http.Handler, log *slog.Logger) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("listen on %q: %w", listen, err)
	}
	if !d.Insecure && !Loopback(host) {
		return fmt.Errorf(
			"listen on %q: not a loopback address; %s has no real protection, so this needs the insecure-listen option",
			listen,
			what,
		)
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	d.listener = l
	d.SetURL("http://" + l.Addr().String())
	d.server = &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	go func() {
		if err := d.server.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			log.Error("stopped serving", "what", what, "error", err)
		}
	}()
	return nil
}

// URL is the address, without a final slash; "" before it is known.
func (d *Door) URL() string {
	if p := d.base.Load(); p != nil {
		return *p
	}
	return ""
}

// SetURL says the address when something else than Open serves the fake.
func (d *Door) SetURL(url string) {
	url = strings.TrimSuffix(url, "/")
	d.base.Store(&url)
}

// Close ends the server; a Door that was never opened has nothing to end.
func (d *Door) Close() error {
	if d.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if d.server.Shutdown(ctx) != nil {
		return d.server.Close() // connections that did not end in time
	}
	return nil
}

// Admits keeps a web page in the developer's browser from reaching the fake by a name of its own.
func (d *Door) Admits(r *http.Request) bool {
	if d.Insecure {
		return true
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	return Loopback(host) || (d.listener != nil && r.Host == d.listener.Addr().String())
}

// Loopback reports whether a host, without its port, is this machine alone.
func Loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
