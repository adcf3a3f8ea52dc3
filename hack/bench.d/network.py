"""Servers whose clients are counted, behind a line of limited speed."""

import http.server
import queue
import socket
import threading
import time

# What a machine of a CI service may have: bytes of a second in each direction, and seconds until an index answers.
RATE, LATENCY = 25e6, 0.03


class Line:
    """A line that all connections share; without a rate it only counts. Of what is not encrypted it counts the requests."""

    def __init__(self, rate=None):
        self.rate, self.lock = rate, threading.Lock()
        self.up = self.down = self.requests = 0
        self.free = {"up": 0.0, "down": 0.0}

    def carry(self, way, chunk):
        """Counts bytes, and waits as long as they take."""
        count = len(chunk)
        with self.lock:
            # The end of a request's first line; a client writes that at once.
            self.requests += chunk.count(b" HTTP/1.1\r\n") if way == "up" else 0
            setattr(self, way, getattr(self, way) + count)
            now = time.monotonic()
            self.free[way] = max(now, self.free[way]) + (count / self.rate if self.rate else 0)
            wait = self.free[way] - now
        if wait > 0:
            time.sleep(wait)


class Relay:
    """A second address of a server, which is reached over a line; one that is far away has a latency, in seconds a direction."""

    def __init__(self, server, line, host="127.0.0.1", latency=0):
        self.line, self.latency = line, latency
        name, port = server.split(":")
        self.server = (name, int(port))
        self.listener = socket.create_server((host, 0))
        self.address = f"{host}:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.connect, args=(client,), daemon=True).start()

    def connect(self, client):
        # The handshake, which the client has had with this machine already.
        time.sleep(2 * self.latency)
        server = socket.create_connection(self.server)
        for way, source, target in [("up", client, server), ("down", server, client)]:
            # What is under way is bounded, so that a reader that stops also stops who sends.
            sent = queue.Queue(256)
            threading.Thread(target=self.read, args=(way, source, sent), daemon=True).start()
            threading.Thread(target=self.deliver, args=(sent, source, target), daemon=True).start()

    def read(self, way, source, sent):
        chunk = True
        while chunk:
            try:
                chunk = source.recv(1 << 16)
            except OSError:
                chunk = b""
            self.line.carry(way, chunk)
            sent.put((time.monotonic() + self.latency, chunk))

    def deliver(self, sent, source, target):
        try:
            while True:
                at, chunk = sent.get()
                time.sleep(max(0, at - time.monotonic()))
                if not chunk:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(chunk)
        except OSError:
            # Who goes away in the middle is not owed the rest.
            source.close()
            target.close()
            while chunk:
                _, chunk = sent.get()


class Silent:
    """A server that accepts connections and says nothing, until it is closed."""

    def __init__(self, host):
        self.listener = socket.create_server((host, 0))
        self.address = f"{host}:{self.listener.getsockname()[1]}"
        self.accepted = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        try:
            while True:
                self.accepted.append(self.listener.accept()[0])
        except OSError:
            pass

    def close(self):
        # Closing alone does not end the wait for the next connection.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.accepted:
            connection.close()


def own_address():
    """The machine's address towards others, which containers of its engines reach."""
    # Nobody's address (RFC 5737), to which nothing is sent: it says which of the machine's own leads to others.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("198.51.100.1", 9))
        return probe.getsockname()[0]


class Index:
    """Serves a directory where containers of the engines reach it, over a line, and counts the files of a suffix."""

    def __init__(self, directory, suffix, line):
        index = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments):
                super().__init__(*arguments, directory=directory)

            def do_GET(self):
                time.sleep(LATENCY)
                if self.path.endswith(suffix):
                    with line.lock:
                        index.given += 1
                super().do_GET()

            def end_headers(self):
                # As PyPI says of files, which never change. What has no such header is not kept by pip.
                if self.path.endswith(suffix):
                    self.send_header("Cache-Control", "max-age=365000000, immutable")
                super().end_headers()

            def copyfile(self, source, target):
                while chunk := source.read(1 << 16):
                    line.carry("down", chunk)
                    target.write(chunk)

            def log_message(self, *_):
                pass

        self.given = 0
        self.host = own_address()
        server = http.server.ThreadingHTTPServer((self.host, 0), Handler)
        self.address = f"{self.host}:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def counted(self):
        """How many files were given since this was last asked."""
        given, self.given = self.given, 0
        return given
