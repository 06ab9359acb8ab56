package standin

import (
	"net/http"
	"strconv"
)

// fault is a way in which a service fails.
type fault int

// The faults, in equal shares of all that go wrong.
const (
	faultNone        fault = iota
	faultRateLimited       // 429 with Retry-After
	faultServer            // 500
	faultOverloaded        // 529
	faultDropped           // the connection is closed instead of an answer
	faultTruncated         // the connection is closed in the middle of the answer
	faultGarbled           // an answer that is whole for HTTP, and is not JSON
	faultEnd
)

// refusal returns the answer of a fault that comes before any work is done, or
// nil for one that spoils the work.
func (f fault) refusal() *refusal {
	const why = "(a fault that the stand-in was told to make)"
	switch f {
	case faultRateLimited:
		r := refuse(http.StatusTooManyRequests, "This request would exceed a rate limit %s.", why)
		r.retryAfter = 1
		return r
	case faultServer:
		return refuse(http.StatusInternalServerError, "Internal server error %s.", why)
	case faultOverloaded:
		return refuse(statusOverloaded, "Overloaded %s.", why)
	default:
		return nil
	}
}

// faults decides which calls fail. Whether one does depends on the seed, on
// what it is for, and on how many there have been for that, so that a run
// against a failing service can be repeated.
type faults struct {
	rate float64 // share of calls, from 0 to 1
	seed uint64
}

func (f faults) of(k callKey, attempt int) fault {
	if f.rate == 0 {
		return faultNone
	}
	chance := drawn(strconv.FormatUint(f.seed, 10), string(k.trial), string(k.part), k.model, strconv.Itoa(attempt))
	if chance.Float64() >= f.rate {
		return faultNone
	}
	return faultNone + 1 + fault(chance.IntN(int(faultEnd-1)))
}
