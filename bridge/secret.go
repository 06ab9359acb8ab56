package bridge

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
)

// Secret is what an agent proves with that a trial is its own: the password of
// its mail account, its token for MCP, and the path of its addresses. It is
// worth nothing when the trial is over.
type Secret string

// NewSecret returns a secret of at least 128 random bits, in letters and digits.
func NewSecret() Secret { return Secret(strings.ToLower(rand.Text())) }

// Is reports whether what was given is the secret, in a time that does not
// depend on how much of it is right.
func (s Secret) Is(given string) bool {
	return subtle.ConstantTimeCompare([]byte(s), []byte(given)) == 1
}

// Guard lets requests through that have the secret as their bearer token.
func (s Secret) Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok || !s.Is(token) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "the bearer token is missing or wrong", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Listen listens on a free port of the loopback address, which no other machine
// can reach.
func Listen(ctx context.Context) (net.Listener, error) {
	var config net.ListenConfig
	return config.Listen(ctx, "tcp", "127.0.0.1:0")
}
