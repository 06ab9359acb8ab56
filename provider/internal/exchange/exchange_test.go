package exchange

import (
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"turncoat"
)

func TestRetryAfter(t *testing.T) {
	for name, c := range map[string]struct {
		header map[string]string
		want   time.Duration
	}{
		"nothing":                 {nil, 0},
		"seconds":                 {map[string]string{"Retry-After": "20"}, 20 * time.Second},
		"part of a second":        {map[string]string{"Retry-After": "0.5"}, 500 * time.Millisecond},
		"milliseconds come first": {map[string]string{"Retry-After": "20", "Retry-After-Ms": "1500"}, 1500 * time.Millisecond},
		"date, by its own clock":  {map[string]string{"Retry-After": "Wed, 21 Oct 2015 07:28:30 GMT", "Date": "Wed, 21 Oct 2015 07:28:00 GMT"}, 30 * time.Second},
		"date in the past":        {map[string]string{"Retry-After": "Wed, 21 Oct 2015 07:28:30 GMT"}, 0},
		"negative":                {map[string]string{"Retry-After": "-3"}, 0},
		"no number":               {map[string]string{"Retry-After": "soon"}, 0},
		"not a number":            {map[string]string{"Retry-After": "NaN"}, 0},
		"beyond all time":         {map[string]string{"Retry-After": "1e300"}, 1<<63 - 1},
	} {
		h := http.Header{}
		for key, value := range c.header {
			h.Set(key, value)
		}
		if got := RetryAfter(h); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// What services say when they fail, in the forms that they have been seen to
// use.
func TestProblem(t *testing.T) {
	for _, c := range []struct {
		name, body string
		status     int
		want       turncoat.ErrorKind // "": a filter's doing
		says       string
	}{
		{"Anthropic", `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, 529, turncoat.ErrorOverloaded, "overloaded_error: Overloaded"},
		{"Anthropic, no credit", `{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API."}}`, 400, turncoat.ErrorQuota, "credit"},
		{"Anthropic, filter", `{"type":"error","error":{"type":"invalid_request_error","message":"Output blocked by content filtering policy"}}`, 400, "", "blocked"},
		{"OpenAI, quota", `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`, 429, turncoat.ErrorQuota, "quota"},
		{"OpenAI, flagged", `{"error":{"message":"Invalid prompt: your prompt was flagged as potentially violating our usage policy.","type":"invalid_request_error","code":"invalid_prompt"}}`, 400, "", "flagged"},
		{"Azure, filter", `{"error":{"message":"The response was filtered","type":null,"param":"prompt","code":"content_filter","status":400}}`, 400, "", "filtered"},
		{"OpenRouter, moderation", `{"error":{"code":403,"message":"Input was flagged","metadata":{"reasons":["violence"],"flagged_input":"…"}}}`, 403, "", "flagged"},
		{"xAI", `{"code":"Some requested entity was not found","error":"The model grok-9 does not exist"}`, 404, turncoat.ErrorRequest, "grok-9"},
		{"Ollama", `{"error":"model 'x' not found"}`, 404, turncoat.ErrorRequest, "model 'x' not found"},
		{"FastAPI", `{"detail":[{"loc":["body"],"msg":"field required"}]}`, 422, turncoat.ErrorRequest, "field required"},
		{"a proxy", "<html><body>502 Bad Gateway</body></html>", 502, turncoat.ErrorServer, "Bad Gateway"},
		{"nothing", "", 500, turncoat.ErrorServer, "no reason"},
		{"nothing much", `{"error":{}}`, 503, turncoat.ErrorOverloaded, "no reason"},
		{"request timeout", `{"error":{"message":"slow"}}`, 408, turncoat.ErrorNetwork, "slow"},
	} {
		err := newProblem([]byte(c.body)).failure(c.status, 0, "")
		if got := turncoat.ErrorKindOf(err); got != c.want || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v (kind %q), want the kind %q and %q in it", c.name, err, got, c.want, c.says)
		}
	}
}

func TestQuiet(t *testing.T) {
	const key = "a-key-of-no-known-form"
	for name, c := range map[string]struct{ text, want string }{
		"the key itself":     {"invalid " + key + "!", "invalid [key]!"},
		"a key in part":      {"Incorrect API key provided: sk-proj-****************abcd.", "Incorrect API key provided: [key]"},
		"another's key":      {"xai-0123456789abcdef", "[key]"},
		"lines and controls": {"a\r\nb\x1b[31mc\x00d", "a b [31mc d"},
		"no UTF-8":           {"a\xffb", "a\uFFFDb"},
	} {
		if got := quiet(key, "%s", c.text).Error(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := quiet("none", "none of it").Error(); got != "none of it" {
		t.Errorf("a word that stands for no key is hidden: %q", got)
	}
	long := quiet("", "%s", strings.Repeat("ö", 3000)).Error()
	if len(long) > maxWords+40 || !utf8.ValidString(long) || !strings.Contains(long, "more bytes") {
		t.Errorf("a long text becomes one of %d bytes", len(long))
	}
}

func TestArguments(t *testing.T) {
	for text, want := range map[string]string{
		`{"to":"a"}`: `{"to":"a"}`,
		"":           `{}`,
		"to a":       `"to a"`,
		`{"to":`:     `"{\"to\":"`,
	} {
		got := Arguments(text)
		if string(got) != want {
			t.Errorf("Arguments(%q) is %s, want %s", text, got, want)
		}
		if text != "" && ArgumentsText(got) != text {
			t.Errorf("the text %q comes back as %q", text, ArgumentsText(got))
		}
	}
}

// Whatever a service sends, its error is one of ours, in one line, without the
// key.
func FuzzProblem(f *testing.F) {
	const key = "0123456789-the-key"
	f.Add([]byte(`{"error":{"type":"x","message":"y `+key+`"}}`), 400)
	f.Add([]byte(`{"error":"`+key+`","code":5}`), 500)
	f.Add([]byte("\xff\x00\x1b[2J"), 529)
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		err := newProblem(body).failure(status, 0, key)
		text := err.Error()
		if err == nil || strings.Contains(text, key) || strings.ContainsAny(text, "\n\r\x1b\x00") || !utf8.ValidString(text) {
			t.Errorf("body %q becomes the error %q", body, text)
		}
	})
}
