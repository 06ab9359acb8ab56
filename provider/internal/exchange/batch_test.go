package exchange

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"turncoat"
)

func TestBatchSize(t *testing.T) {
	if err := CheckBatchSize(100, 100); err != nil {
		t.Error(err)
	}
	if err := CheckBatchSize(101, 100); turncoat.ErrorKindOf(err) != turncoat.ErrorRequest || !strings.Contains(err.Error(), "101 bytes") {
		t.Errorf("the error is %v", err)
	}
}

func TestLines(t *testing.T) {
	for name, c := range map[string]struct {
		body, want string
		err        turncoat.ErrorKind
	}{
		"lines":           {"a\nb\n", "a|b", ""},
		"no end":          {"a\nb", "a|b", ""},
		"blank lines":     {"\n\r\na\r\n \nb\n\n", "a|b", ""},
		"nothing":         {"", "", ""},
		"a line too long": {"a\n" + strings.Repeat("x", maxLine+1), "a", turncoat.ErrorMalformed},
	} {
		a := Answer{Response: &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(c.body))}}
		var got []string
		var failed error
		for line, err := range a.Lines(t.Context(), "") {
			if failed = err; err == nil {
				got = append(got, string(line))
			}
		}
		if strings.Join(got, "|") != c.want || turncoat.ErrorKindOf(failed) != c.err {
			t.Errorf("%s: %.100q and %v, want %q and an error of the kind %q", name, got, failed, c.want, c.err)
		}
	}
}
