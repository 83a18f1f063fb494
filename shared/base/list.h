/* list.h: intrusive doubly linked list. The head is a struct list too; a node is on at most one list. */
#ifndef KP_BASE_LIST_H
#define KP_BASE_LIST_H

#include <stdbool.h>

#include "shared/base/compiler.h"

struct list {
	struct list *prev, *next;
};

static inline void list_init(struct list *head)
{
	head->prev = head->next = head;
}

static inline bool list_empty(const struct list *head)
{
	return head->next == head;
}

static inline void list_append(struct list *head, struct list *node)
{
	node->prev = head->prev;
	node->next = head;
	head->prev->next = node;
	head->prev = node;
}

/* Leaves the node as an empty list of its own, so that removing twice is harmless. */
static inline void list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

/* Takes the first node off the list; NULL when empty. */
static inline struct list *list_pop(struct list *head)
{
	struct list *node = head->next;

	if (node == head)
		return NULL;
	list_remove(node);
	return node;
}

#define list_entry(node, type, member) container_of(node, type, member)

/* The body may remove `it` itself, and nothing else. */
#define list_each(it, head)                                                       \
	for (struct list *it = (head)->next, *it##_next = it->next; it != (head); \
		it = it##_next, it##_next = it->next)

#endif
