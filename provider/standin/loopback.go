package standin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// IsLoopback reports whether a host is this machine by name or address. The
// name localhost is loopback by RFC 6761, section 6.3.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// Listen listens for TCP connections on a loopback address, host:port; port 0
// takes a free one. It refuses all other addresses, and one without a host:
// a stand-in is for programs on the same machine.
func Listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listening address %q is not host:port, such as 127.0.0.1:8700: %w", addr, err)
	}
	if !IsLoopback(host) {
		return nil, fmt.Errorf("stand-ins listen on loopback only, and %q is not: use 127.0.0.1, [::1] or localhost as its host", addr)
	}
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("stand-ins cannot listen: %w", err)
	}
	if bound, ok := listener.Addr().(*net.TCPAddr); !ok || !bound.IP.IsLoopback() {
		listener.Close()
		return nil, fmt.Errorf("stand-ins listen on loopback only, and %q leads to %s on this machine", addr, listener.Addr())
	}
	return listener, nil
}

// probeTimeout bounds the wait for a server on the same machine to say who it
// is.
const probeTimeout = 2 * time.Second

// Probe reports whether the server at a base URL says that it serves stand-ins.
// It asks loopback hosts only, and takes silence, a redirect or any other
// answer for a no.
func Probe(ctx context.Context, baseURL string) bool {
	base, err := url.Parse(baseURL)
	if err != nil || !IsLoopback(base.Hostname()) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	root := url.URL{Scheme: base.Scheme, Host: base.Host, Path: handshakePath}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, root.String(), nil)
	if err != nil {
		return false
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	var answer handshake
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<16)).Decode(&answer); err != nil {
		return false
	}
	return resp.StatusCode == http.StatusOK && answer.StandIn
}
