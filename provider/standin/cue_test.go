package standin

import (
	"encoding/base64"
	"net/http"
	"reflect"
	"testing"

	"turncoat"
)

// sent keeps the header of a request instead of sending it.
type sent struct{ header http.Header }

func (s *sent) RoundTrip(r *http.Request) (*http.Response, error) {
	s.header = r.Header
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
}

// The cue goes to servers on this machine, and to no other.
func TestTransport(t *testing.T) {
	cue := acting("standin/claude-opus-4", 7)
	for _, tc := range []struct {
		url  string
		cue  *turncoat.Cue
		want bool
	}{
		{"http://127.0.0.1:8700/v1/messages", cue, true},
		{"http://[::1]:8700/v1/messages", cue, true},
		{"http://localhost/v1/messages", cue, true},
		{"http://127.0.0.1/v1/messages", nil, false},
		{"https://api.anthropic.com/v1/messages", cue, false},
		{"http://192.168.0.1/v1/messages", cue, false},
		{"http://localhost.example.com/", cue, false},
		{"http://127.0.0.1.example.com/", cue, false},
	} {
		var base sent
		r, err := http.NewRequestWithContext(WithCue(t.Context(), tc.cue), http.MethodPost, tc.url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := Transport(&base).RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		header := base.header.Get(CueHeader)
		if (header != "") != tc.want {
			t.Errorf("%s: the header is %q", tc.url, header)
		}
		if r.Header.Get(CueHeader) != "" {
			t.Errorf("%s: the caller's request was changed", tc.url)
		}
		if !tc.want {
			continue
		}
		got, err := decodeCue(header)
		if err != nil || !reflect.DeepEqual(got, cue) {
			t.Errorf("%s: the cue arrives as %+v, %v", tc.url, got, err)
		}
	}
}

// A header from anywhere is a cue or an error, and never a crash.
func FuzzDecodeCue(f *testing.F) {
	good, err := encodeCue(acting("standin/claude-opus-4", 7))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("")
	f.Add("e30")
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(`{"trial":{"world":{"condition":null}},"part":"agent"}`)))
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(`null`)))
	judge, err := New("judge", options)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string) {
		cue, err := decodeCue(header)
		if err != nil {
			return
		}
		cue.Part = turncoat.CueJudge
		_, _ = judge.Generate(t.Context(), &turncoat.Request{Cue: cue})
	})
}
