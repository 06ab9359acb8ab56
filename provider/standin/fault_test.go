package standin

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/openai/openai-go/v3"

	"turncoat"
)

// keyOf is the key of an agent's calls for the trial with a number.
func keyOf(number int) callKey {
	return callKey{trial: trialOf("x/rate-0.50", number).ID(), part: turncoat.CueAgent, model: "standin/rate-0.50"}
}

// Faults come as often as asked for, each kind in its share: counts of 6,000
// first calls within four standard deviations.
func TestFaultShares(t *testing.T) {
	const n = 6000
	for _, rate := range []float64{0, 0.3, 1} {
		counts := map[fault]int{}
		for number := range n {
			counts[faults{rate: rate}.of(keyOf(number), 1)]++
		}
		for f := range faultEnd {
			p := rate / 6
			if f == faultNone {
				p = 1 - rate
			}
			if bound := 4 * math.Sqrt(n*p*(1-p)); math.Abs(float64(counts[f])-n*p) > bound+1e-9 {
				t.Errorf("with an error rate of %g, fault %d comes %d times in %d, want %.0f ± %.0f", rate, f, counts[f], n, n*p, bound)
			}
		}
	}
}

// Whether a call fails depends on its number and the seed, and on nothing else.
func TestFaultsAreRepeatable(t *testing.T) {
	f := faults{rate: 0.5, seed: 1}
	var byAttempt, bySeed int
	for number := range 100 {
		first := f.of(keyOf(number), 1)
		if first != f.of(keyOf(number), 1) {
			t.Fatal("the same call has different faults")
		}
		if first != f.of(keyOf(number), 2) {
			byAttempt++
		}
		if first != (faults{rate: 0.5, seed: 2}).of(keyOf(number), 1) {
			bySeed++
		}
	}
	if byAttempt == 0 || bySeed == 0 {
		t.Errorf("%d faults changed with the attempt and %d with the seed, want some", byAttempt, bySeed)
	}
}

// numberOf finds a trial whose first call has the fault.
func numberOf(t *testing.T, f fault) int {
	t.Helper()
	for number := range 1000 {
		if (faults{rate: 0.5}).of(keyOf(number), 1) == f {
			return number
		}
	}
	t.Fatalf("no trial has fault %d", f)
	return 0
}

// Every fault is an error to every vendor's client, and an answer follows when
// nothing goes wrong with a later call.
func TestFaultsAreErrors(t *testing.T) {
	statuses := map[fault]int{faultRateLimited: 429, faultServer: 500, faultOverloaded: 529}
	for name, ask := range askings {
		t.Run(name, func(t *testing.T) {
			server := serve(t, ServerOptions{ErrorRate: 0.5})
			for f := faultNone + 1; f < faultEnd; f++ {
				number := numberOf(t, f)
				ctx := WithCue(t.Context(), acting("x/rate-0.50", number))
				_, err := ask(ctx, server.URL, "rate-0.50")
				if err == nil {
					t.Errorf("fault %d is no error", f)
					continue
				}
				if status := statusOf(err); status != statuses[f] {
					t.Errorf("fault %d has status %d, want %d: %v", f, status, statuses[f], err)
				}
				if f == faultTruncated && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("a truncated body has the error %v", err)
				}
				for attempt := 2; err != nil && attempt < 20; attempt++ {
					_, err = ask(ctx, server.URL, "rate-0.50")
				}
				if err != nil {
					t.Errorf("no call succeeded after fault %d: %v", f, err)
				}
			}
			var list struct{ Calls []Calls }
			get(t, server.URL+"/turncoat-stand-in/calls", &list)
			for _, c := range list.Calls {
				if c.Finished != 1 || c.Begun < 2 {
					t.Errorf("trial %s: %d calls begun and %d finished, want failures and then one that finished", c.Trial, c.Begun, c.Finished)
				}
			}
		})
	}
}

// statusOf returns the HTTP status of a vendor's error, or 0.
func statusOf(err error) int {
	if e, ok := errors.AsType[*anthropic.Error](err); ok {
		return e.StatusCode
	}
	if e, ok := errors.AsType[*openai.Error](err); ok {
		return e.StatusCode
	}
	return 0
}

// A 429 says when to come back, and a body that is not JSON is whole for HTTP.
func TestFaultsOnTheWire(t *testing.T) {
	handler := newHandler(t, ServerOptions{ErrorRate: 0.5})
	limited := post(t.Context(), handler, acting("x/rate-0.50", numberOf(t, faultRateLimited)))
	if limited.Code != http.StatusTooManyRequests || limited.Header().Get("Retry-After") != "1" {
		t.Errorf("HTTP %d, Retry-After %q", limited.Code, limited.Header().Get("Retry-After"))
	}
	garbled := post(t.Context(), handler, acting("x/rate-0.50", numberOf(t, faultGarbled)))
	if garbled.Code != http.StatusOK || json.Valid(garbled.Body.Bytes()) || !strings.HasPrefix(garbled.Body.String(), "{") {
		t.Errorf("HTTP %d: %s", garbled.Code, garbled.Body)
	}
}
