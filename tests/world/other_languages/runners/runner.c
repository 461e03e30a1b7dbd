// SPDX-License-Identifier: MIT
// usage: runner COMMAND...: starts the server, makes a request, and kills it by kill(2).
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void request(int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  char answer[16];
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr*)&to, sizeof to) != 0 ||
      read(fd, answer, sizeof answer) <= 0) {
    perror("request");
    exit(1);
  }
  close(fd);
}

int main(int argc, char** argv) {
  int ends[2];
  char line[64];
  int status = 0;
  if (argc < 2 || pipe(ends) != 0) return 2;
  const pid_t server = fork();
  if (server == 0) {
    dup2(ends[1], 1);
    close(ends[0]);
    close(ends[1]);
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  close(ends[1]);
  FILE* out = fdopen(ends[0], "r");
  if (out == NULL || fgets(line, sizeof line, out) == NULL) return 3;
  request(atoi(line));
  kill(server, SIGKILL);
  waitpid(server, &status, 0);
  puts(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? "killed" : "not killed");
  return 0;
}
