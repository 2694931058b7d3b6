/* Widens the lengths that IBM's libdb2.so gives back.

   The package ibm-db brings libdb2.so without libdb2o.so, whose lengths have 64 bits. Its SQLLEN has 32 bits; unixODBC and
   pyodbc read 64, and see garbage where a value is NULL. Every function here calls the one of the same name with a 32-bit
   place for the length, and widens what it finds there. All other functions are found in libdb2.so itself, against which
   this library is linked.

   And it has the driver say at once that a server cannot be reached: its client reroute would wait for five seconds and try
   again, and a fault test would measure that. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

typedef int16_t Return;
typedef void *Handle;
typedef int64_t Length;

__attribute__((constructor)) static void without_reroute(void)
{
    setenv("DB2_MAX_CLIENT_CONNRETRIES", "0", 1);
    setenv("DB2_CONNRETRIES_INTERVAL", "0", 1);
}

static void *real(const char *name)
{
    static void *library;
    if (!library) library = dlopen("libdb2.so.1", RTLD_LAZY | RTLD_NOLOAD);
    if (!library) library = dlopen("libdb2.so.1", RTLD_LAZY);
    return library ? dlsym(library, name) : NULL;
}

static int succeeded(Return code) { return code == 0 || code == 1; }

#define REAL(type, name) \
    static type function; \
    if (!function) function = (type)real(#name); \
    if (!function) return -1

Return SQLGetData(Handle statement, uint16_t column, int16_t kind, void *value, Length size, Length *indicator)
{
    typedef Return (*Type)(Handle, uint16_t, int16_t, void *, Length, int32_t *);
    REAL(Type, SQLGetData);
    int32_t narrow = 0;
    Return code = function(statement, column, kind, value, size, indicator ? &narrow : NULL);
    if (indicator && succeeded(code)) *indicator = narrow;
    return code;
}

Return SQLRowCount(Handle statement, Length *rows)
{
    typedef Return (*Type)(Handle, int32_t *);
    REAL(Type, SQLRowCount);
    int32_t narrow = -1;
    Return code = function(statement, &narrow);
    if (rows && succeeded(code)) *rows = narrow;
    return code;
}

Return SQLDescribeParam(Handle statement, uint16_t number, int16_t *kind, uint64_t *size, int16_t *digits, int16_t *nullable)
{
    typedef Return (*Type)(Handle, uint16_t, int16_t *, uint32_t *, int16_t *, int16_t *);
    REAL(Type, SQLDescribeParam);
    uint32_t narrow = 0;
    Return code = function(statement, number, kind, size ? &narrow : NULL, digits, nullable);
    if (size && succeeded(code)) *size = narrow;
    return code;
}

#define DESCRIBE_COLUMN(NAME) \
    Return NAME(Handle statement, uint16_t column, void *name, int16_t room, int16_t *length, int16_t *kind, \
                uint64_t *size, int16_t *digits, int16_t *nullable) \
    { \
        typedef Return (*Type)(Handle, uint16_t, void *, int16_t, int16_t *, int16_t *, uint32_t *, int16_t *, int16_t *); \
        REAL(Type, NAME); \
        uint32_t narrow = 0; \
        Return code = function(statement, column, name, room, length, kind, size ? &narrow : NULL, digits, nullable); \
        if (size && succeeded(code)) *size = narrow; \
        return code; \
    }

DESCRIBE_COLUMN(SQLDescribeCol)
DESCRIBE_COLUMN(SQLDescribeColW)

#define COLUMN_ATTRIBUTE(NAME) \
    Return NAME(Handle statement, uint16_t column, uint16_t field, void *text, int16_t room, int16_t *length, Length *number) \
    { \
        typedef Return (*Type)(Handle, uint16_t, uint16_t, void *, int16_t, int16_t *, int32_t *); \
        REAL(Type, NAME); \
        int32_t narrow = 0; \
        Return code = function(statement, column, field, text, room, length, number ? &narrow : NULL); \
        if (number && succeeded(code)) *number = narrow; \
        return code; \
    }

COLUMN_ATTRIBUTE(SQLColAttribute)
COLUMN_ATTRIBUTE(SQLColAttributeW)
COLUMN_ATTRIBUTE(SQLColAttributes)
COLUMN_ATTRIBUTE(SQLColAttributesW)
