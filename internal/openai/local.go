package openai

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// errRemote is the error of LocalOnly.
var errRemote = errors.New("the model is not on this machine or a private network, and only local models may be asked")

// errRedirect: the prompt and the key would go where nobody configured them to go.
var errRedirect = errors.New("the endpoint answers with a redirect, which is not followed")

// connect makes the HTTP client: no redirects, and timeouts for each connection. With localOnly each address is checked
// after the name was resolved, so that a name which points elsewhere, now or later, never connects; no proxy is used.
func connect(localOnly bool) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, ForceAttemptHTTP2: true,
		TLSHandshakeTimeout: 10 * time.Second, MaxIdleConnsPerHost: 8, IdleConnTimeout: 90 * time.Second, MaxResponseHeaderBytes: 64 << 10,
	}
	if localOnly {
		transport.Proxy = nil
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !localAddress(at.Addr()) {
				return errRemote
			}
			return nil
		}
	}
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return errRedirect },
	}
}

// localAddress: loopback, RFC 1918 and RFC 4193. Link-local addresses are not: clouds serve credentials there.
func localAddress(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsPrivate()
}

// localHost reports whether a host is local without resolving it.
func localHost(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && localAddress(a)
}

// refuseRemote refuses an address that is remote by its number. A name is judged when it is connected to.
func refuseRemote(host string) error {
	if a, err := netip.ParseAddr(host); err == nil && !localAddress(a) {
		return fmt.Errorf("%w; take another endpoint, or set local_only to false", errRemote)
	}
	return nil
}
