package standin

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"

	"turncoat"
)

// CueHeader is the header of an HTTP request that tells a stand-in its part:
// the JSON of a [turncoat.Cue] in unpadded base64url (RFC 4648, section 5).
const CueHeader = "Turncoat-Cue"

type cueKey struct{}

// WithCue returns a context whose requests through [Transport] bear the cue. A
// nil cue changes nothing.
func WithCue(ctx context.Context, cue *turncoat.Cue) context.Context {
	if cue == nil {
		return ctx
	}
	return context.WithValue(ctx, cueKey{}, cue)
}

// Transport returns a transport that adds the cue of a request's context, as
// [WithCue] put it there, or the cues of a batch, as [WithCues] did, and leaves
// the request to base; a nil base is [http.DefaultTransport]. A host that is not
// loopback is never given one, whatever the context holds.
func Transport(base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return cueTransport{base}
}

type cueTransport struct{ base http.RoundTripper }

// RoundTrip sends the request, with its cue or those of its batch if it has any.
func (t cueTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	name, text, err := t.cue(r)
	if err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	if name == "" {
		return t.base.RoundTrip(r)
	}
	r = r.Clone(r.Context()) // a transport must not change the request that it is given
	r.Header.Set(name, text)
	return t.base.RoundTrip(r)
}

// cue returns the header that tells stand-ins their parts, or no name for a
// request that is given none.
func (t cueTransport) cue(r *http.Request) (name, text string, err error) {
	if !IsLoopback(r.URL.Hostname()) {
		return "", "", nil
	}
	if cues, ok := r.Context().Value(cuesKey{}).(*deposit); ok {
		text, err = cues.leave(r.Context(), t.base, r.URL)
		return CuesHeader, text, err
	}
	if cue, ok := r.Context().Value(cueKey{}).(*turncoat.Cue); ok {
		text, err = encodeCue(cue)
		return CueHeader, text, err
	}
	return "", "", nil
}

func encodeCue(cue *turncoat.Cue) (string, error) {
	text, err := json.Marshal(cue)
	if err != nil {
		return "", fmt.Errorf("writing the stand-in's cue: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(text), nil
}

// decodeCue reads what encodeCue writes.
func decodeCue(header string) (*turncoat.Cue, error) {
	text, err := base64.RawURLEncoding.DecodeString(header)
	if err != nil {
		return nil, fmt.Errorf("header %s is not unpadded base64url: %w", CueHeader, err)
	}
	var cue turncoat.Cue
	if err := json.Unmarshal(text, &cue); err != nil {
		return nil, fmt.Errorf("header %s does not hold the JSON of a cue: %w", CueHeader, err)
	}
	return &cue, nil
}
