package standin

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestListen(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "localhost:0"} {
		l, err := Listen(addr)
		if err != nil {
			t.Errorf("Listen(%q): %v", addr, err)
			continue
		}
		l.Close()
	}
	for addr, want := range map[string]string{
		":8700":            "loopback only",
		"0.0.0.0:8700":     "loopback only",
		"[::]:8700":        "loopback only",
		"192.0.2.1:8700":   "loopback only",
		"example.com:8700": "loopback only",
		"127.0.0.1":        "is not host:port",
		"127.0.0.1:x":      "cannot listen",
	} {
		l, err := Listen(addr)
		if err == nil {
			l.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Listen(%q) has the error %v, want one with %q", addr, err, want)
		}
	}
}

func TestProbe(t *testing.T) {
	standIns := serve(t, ServerOptions{})
	other := func(answer http.HandlerFunc) string {
		server := httptest.NewServer(answer)
		t.Cleanup(server.Close)
		return server.URL
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, tc := range []struct {
		name, url string
		want      bool
	}{
		{"stand-ins", standIns.URL, true},
		{"stand-ins below a path", standIns.URL + "/v1", true},
		{"another server", other(http.NotFound), false},
		{"a server that answers all", other(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"object":"list"}`)) }), false},
		{"a server that says otherwise", other(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"stand_in":false}`)) }), false},
		{"a redirect to stand-ins", other(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, standIns.URL+r.URL.Path, http.StatusFound)
		}), false},
		{"nobody", gone.URL, false},
		{"a vendor", "https://api.anthropic.com", false},
		{"no URL", "://", false},
		{"empty", "", false},
	} {
		if got := Probe(t.Context(), tc.url); got != tc.want {
			t.Errorf("%s: %t, want %t", tc.name, got, tc.want)
		}
	}
}
