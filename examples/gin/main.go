// Command gin is a shop's own Gin server, with its own customers and sessions, and the till
// under /pay/: who is signed in to the shop is the till's payer, what is paid is shipped,
// and the merchant API and webhooks are there too.
//
//	browser ──► shop's session ──► /login, /parcels      the shop
//	                          └──► /pay/miniapp/v1/…     the till, for the same customer
//	back office ── API key ──────► /pay/v1/…             the merchant API
//	wallet ── signature ─────────► /pay/notify/…
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net"
	"net/http"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
)

// stopLimit is how long a stop waits for requests.
const stopLimit = 30 * time.Second

func main() {
	address := flag.String("listen", "127.0.0.1:8090", "where the shop is reached")
	data := flag.String("data", "shop-data", "the folder of its orders and keys")
	private := flag.Bool("private-webhooks", false, "let webhooks go to the own network")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	if err := serve(ctx, listener, *data, *private); err != nil {
		log.Fatal(err)
	}
}

// serve runs the shop until ctx ends.
func serve(ctx context.Context, listener net.Listener, data string, private bool) error {
	shop := newShop()
	till, err := openTill(ctx, tillConfig{public: "http://" + listener.Addr().String(), data: data, private: private, ship: shop.ship})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	srv := &http.Server{Handler: newRouter(shop, till), ReadHeaderTimeout: 10 * time.Second}
	background, end := context.WithCancel(context.WithoutCancel(ctx))
	var loops sync.WaitGroup
	for _, run := range till.loops {
		loops.Go(func() {
			if err := run(background); err != nil {
				log.Print(err)
			}
		})
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	select {
	case err = <-served:
	case <-ctx.Done():
		till.server.Retire() // a load balancer sends no new customers
		limit, cancel := context.WithTimeout(background, stopLimit)
		err = srv.Shutdown(limit)
		cancel()
	}
	end() // the till's loops last: requests under way need them
	loops.Wait()
	return errors.Join(err, till.store.Close())
}

// newRouter is the shop's router, with the till below /pay.
func newRouter(shop *shop, till *till) http.Handler {
	router := gin.New()
	router.Use(gin.Recovery(), shop.session)
	router.POST("/login", shop.login)
	router.GET("/parcels", shop.showParcels)
	router.Any("/pay/*path", gin.WrapH(http.StripPrefix("/pay", till.server)))
	router.Any("/sandbox/*path", gin.WrapH(till.provider)) // stands in for the wallet's server
	return router
}
