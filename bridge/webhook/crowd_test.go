package webhook

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
)

// crowd is the backends of many merchants on one server. Those under /hung/ answer
// when they are released, the others at once.
type crowd struct {
	*httptest.Server
	t       testing.TB
	key     Key
	release chan struct{}
	want    int
	done    chan struct{} // closed when so many messages were taken

	mu     sync.Mutex
	taken  map[string]int // by message
	order  map[string]int // by endpoint and order: how many of its messages were taken
	open   map[string]int // by endpoint: requests under way
	most   int            // requests of one hung endpoint under way at once
	hung   int            // requests under way at hung endpoints
	called int
}

func newCrowd(t testing.TB, want int) *crowd {
	c := &crowd{
		t: t, key: testKey(t, oldSecret), want: want, release: make(chan struct{}), done: make(chan struct{}),
		taken: map[string]int{}, order: map[string]int{}, open: map[string]int{},
	}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *crowd) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	id, err := Verify(r.Header, body, time.Now(), c.key)
	if err != nil {
		c.t.Error(err)
	}
	if strings.HasPrefix(r.URL.Path, "/hung/") {
		c.hang(r.URL.Path)
		return
	}
	c.take(id)
}

func (c *crowd) hang(path string) {
	c.mu.Lock()
	c.hung++
	c.open[path]++
	c.most = max(c.most, c.open[path])
	c.mu.Unlock()
	<-c.release
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[path]--
}

// take notes a message, "dlv_<order>_<n>_<endpoint>", and requires those before it first.
func (c *crowd) take(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var order, n int
	var endpoint string
	if _, err := fmt.Sscanf(id, "dlv_%d_%d_%s", &order, &n, &endpoint); err != nil {
		c.t.Error(err)
	}
	place := fmt.Sprintf("%s %d", endpoint, order)
	if c.taken[id]++; c.order[place] != n {
		c.t.Errorf("%s came after %d messages of its order", id, c.order[place])
	}
	c.order[place] = n + 1
	if c.called++; c.called == c.want {
		close(c.done)
	}
}

// endpoints are so many that hang or are well.
func (c *crowd) endpoints(kind string, n int) (list []Endpoint, names []string) {
	for i := range n {
		name := fmt.Sprintf("%s%d", kind, i)
		names = append(names, name)
		list = append(list, Endpoint{
			App: "shop", Name: name, URL: c.URL + "/" + kind + "/" + name, Keys: []Key{c.key}, Private: true,
		})
	}
	return list, names
}

// running runs a deliverer until stop is called.
func running(d *Deliverer) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = d.Run(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}

func TestFiveHundredHangingEndpointsDoNotDelayFiveHundredOthers(t *testing.T) {
	const half, orders, each = 500, 4, 2
	c, store := newCrowd(t, half*orders*each), newMailbox()
	hung, hungNames := c.endpoints("hung", half)
	well, wellNames := c.endpoints("well", half)
	store.fill(orders, each, hungNames...)
	store.fill(orders, each, wellNames...)
	d := deliverer(t, store, time.Now, append(hung, well...)...)
	d.limit = time.Hour // those that hang do so however long this takes
	stop := running(d)
	<-c.done // while the others hang, since nothing lets them go
	close(c.release)
	stop()
	for id, n := range c.taken {
		if n != 1 {
			t.Errorf("%s was taken %d times", id, n)
		}
	}
	if c.most > 1 {
		t.Errorf("%d requests of one endpoint hung at once, want one: it has never taken anything", c.most)
	}
}

func TestTwoNodesShareEndpointsAndNoMessageIsSentTwice(t *testing.T) {
	const endpoints, orders, each = 40, 10, 3
	c, store := newCrowd(t, endpoints*orders*each), newMailbox()
	list, names := c.endpoints("well", endpoints)
	store.fill(orders, each, names...)
	one, two := deliverer(t, store, time.Now, list...), deliverer(t, store, time.Now, list...)
	stopOne, stopTwo := running(one), running(two)
	<-c.done
	stopOne()
	stopTwo()
	if c.called != c.want || len(c.taken) != c.want {
		t.Errorf("%d requests were made for %d messages, want %d of both", c.called, len(c.taken), c.want)
	}
}

// BenchmarkBacklogWithHalfHanging empties the outbox of 500 endpoints over loopback
// while 500 others hang.
func BenchmarkBacklogWithHalfHanging(b *testing.B) {
	const half = 500
	c, store := newCrowd(b, b.N), newMailbox()
	hung, hungNames := c.endpoints("hung", half)
	well, wellNames := c.endpoints("well", half)
	store.fill(4, 1, hungNames...)
	for n := range b.N {
		name := wellNames[n%half]
		store.put(name, bridge.OrderID(fmt.Sprint("ord_", n)), fmt.Sprintf("dlv_%d_0_%s", n, name), time.Now())
	}
	d, err := New(Config{Outbox: store, Static: append(hung, well...)})
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	stop := running(d)
	<-c.done
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	close(c.release)
	stop()
}
