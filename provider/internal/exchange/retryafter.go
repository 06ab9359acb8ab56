package exchange

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// RetryAfter returns how long a service asks to wait, or 0 if it does not say.
// It reads the header Retry-After (RFC 9110, section 10.2.3), in seconds or as
// a date, and Retry-After-Ms of OpenAI's services, which is more exact. A date
// is compared with the answer's own, so that it does not matter if our clock is
// wrong.
func RetryAfter(h http.Header) time.Duration {
	if d, ok := span(h.Get("Retry-After-Ms"), time.Millisecond); ok {
		return d
	}
	after := h.Get("Retry-After")
	if d, ok := span(after, time.Second); ok {
		return d
	}
	until, err := http.ParseTime(after)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return max(0, until.Sub(now))
}

// span reads a number of units. One that no Duration can hold is the longest.
func span(text string, unit time.Duration) (time.Duration, bool) {
	n, err := strconv.ParseFloat(text, 64)
	if math.IsNaN(n) || (err != nil && !math.IsInf(n, 1)) {
		return 0, false
	}
	n *= float64(unit)
	switch {
	case n <= 0:
		return 0, true
	case n >= math.MaxInt64:
		return math.MaxInt64, true
	}
	return time.Duration(n), true
}
